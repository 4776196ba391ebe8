"""Keep a copy of a partner, to show its name and its time."""

from sqlalchemy.orm import Session

from tickets.models import KnownPartner


def learn_partner(session: Session, *, partner_id: str, version: int, name: str, timezone: str) -> None:
    """
    Remember the partner unless a newer version is known already.
    """
    known = session.get(KnownPartner, partner_id, with_for_update=True)
    if known is None:
        session.add(KnownPartner(id=partner_id, version=version, name=name, timezone=timezone))
    elif version > known.version:
        known.version, known.name, known.timezone = version, name, timezone
