"""Keep a copy of every partner: what their documents are written in."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.models import Partner
from shared.contracts import customers


def keep_partner(session: Session, fact: customers.PartnerChanged) -> None:
    """
    Store a partner's currency and time zone; a new one gets the next number for its documents.
    """
    copy = session.get(Partner, fact.partner_id, with_for_update=True)
    if copy is None:
        highest = session.execute(select(func.coalesce(func.max(Partner.number), 0))).scalar_one()
        copy = Partner(id=fact.partner_id, version=-1, number=highest + 1)
        session.add(copy)
    if copy.version < fact.version:
        copy.version, copy.name = fact.version, fact.title or fact.name
        copy.currency, copy.timezone = fact.currency, fact.timezone
        copy.is_default = fact.default
    session.flush()
