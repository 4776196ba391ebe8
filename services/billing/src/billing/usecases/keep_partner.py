"""Keep a copy of every partner: what their documents are written in."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.models import Partner, PartnerSettings
from billing.usecases.insert_once import insert_once
from shared.contracts import customers


def keep_partner(session: Session, fact: customers.PartnerChanged) -> None:
    """
    Store a partner's currency and time zone; a new one gets the next number for its documents.

    Its accounts follow to another time zone as they follow other settings (decision D41).
    """
    copy = session.get(Partner, fact.partner_id, with_for_update=True)
    if copy is None:
        highest = session.execute(select(func.coalesce(func.max(Partner.number), 0))).scalar_one()
        copy = Partner(id=fact.partner_id, version=-1, number=highest + 1)
        session.add(copy)
    if copy.version < fact.version:
        moved = copy.timezone not in (None, fact.timezone)
        copy.version, copy.name = fact.version, fact.title or fact.name
        copy.currency, copy.timezone = fact.currency, fact.timezone
        copy.is_default = fact.default
        if moved:
            _follow(session, fact.partner_id)
    session.flush()


def _follow(session: Session, partner_id: str) -> None:
    insert_once(session, PartnerSettings, partner_id=partner_id, version=0, own={})
    session.get_one(PartnerSettings, partner_id, with_for_update=True, populate_existing=True).version += 1
