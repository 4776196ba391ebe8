"""End sessions: this one, another device, or all of a customer."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal_gateway.models import PortalSession
from shared.errors import NotFound


def sign_out(session: Session, *, customer_id: str, session_id: str, now: datetime) -> None:
    """
    End one session of the customer.

    :raises NotFound: if the customer has no such running session
    """
    if not _end(session, PortalSession.customer_id == customer_id, PortalSession.id == session_id, now=now):
        raise NotFound


def sign_out_everywhere(
    session: Session, *, customer_id: str, now: datetime, signed_in_before: datetime | None = None
) -> int:
    """
    End every session of the customer, or those begun before an instant, and return how many there were.
    """
    theirs = PortalSession.customer_id == customer_id
    return _end(session, theirs, PortalSession.created_at <= (signed_in_before or now), now=now)


def _end(session: Session, *which: object, now: datetime) -> int:
    done = session.execute(
        update(PortalSession).where(*which, PortalSession.ended_at.is_(None)).values(ended_at=now)  # type: ignore[arg-type]
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
