"""Whether clock work waits for a person."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import ClockHold


def open_hold(session: Session) -> ClockHold | None:
    """
    Return what holds clock work back, or None.
    """
    query = select(ClockHold).where(ClockHold.ended_at.is_(None)).order_by(ClockHold.found_at).limit(1)
    return session.scalars(query).first()
