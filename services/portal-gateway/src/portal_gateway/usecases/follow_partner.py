"""Keep our copy of a provider brand; an older version never overwrites a newer one."""

from sqlalchemy.orm import Session

from portal_gateway.models import PartnerCopy
from shared.contracts import customers


def follow_partner(session: Session, fact: customers.PartnerChanged) -> None:
    """
    Remember a provider brand.
    """
    row = session.get(PartnerCopy, fact.partner_id)
    if row and row.version >= fact.version:
        return
    row = row or PartnerCopy(partner_id=fact.partner_id)
    row.version, row.is_default = fact.version, fact.default
    row.languages = list(fact.languages)
    for name in ("name", "title", "hue", "currency", "timezone", "help_phone", "help_email"):
        setattr(row, name, getattr(fact, name))
    session.add(row)
