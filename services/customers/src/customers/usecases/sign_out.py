"""End staff sessions, here and in every other admin UI."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from customers.models import StaffSession
from customers.usecases.note_activity import note_fact
from shared import clock
from shared.bus.outbox import tell
from shared.contracts.customers import StaffSignedOut
from shared.web.sessions import revoke_session


def sign_out(session: Session, *, session_id: str) -> None:
    """
    End one session everywhere; ending it again does nothing.
    """
    row = session.get(StaffSession, session_id)
    if row is not None and row.ended_at is None:
        _end(session, row)


def end_sessions(session: Session, *, staff_id: str) -> None:
    """
    End every session of one member of staff.
    """
    open_ones = select(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
    for row in session.scalars(open_ones).all():
        _end(session, row)


def _end(session: Session, row: StaffSession) -> None:
    row.ended_at = clock.real_now()
    session.flush()
    fact = StaffSignedOut(session_id=row.id, staff_id=row.staff_id, at=row.ended_at)
    revoke_session(
        session, fact
    )  # our own screens refuse its tokens at once, the others when they hear of it
    note_fact(session, tell(session, fact))
