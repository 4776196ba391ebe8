"""What a service remembers about staff sessions: those that ended early, and sign-on codes already used."""

from datetime import datetime, timedelta

from sqlalchemy import Column, MetaData, String, Table, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared import clock
from shared.contracts.customers import StaffSignedOut
from shared.db import ID, Instant
from shared.errors import NotSignedIn

KEPT = timedelta(hours=24)  # longer than any staff session (8 h)


class RevokedSessionRow:
    """
    A staff session whose tokens are worth nothing any more; each service maps it on its own metadata.
    """

    __tablename__ = "revoked_sessions"

    session_id: Mapped[str] = mapped_column(ID, primary_key=True)
    revoked_at: Mapped[datetime] = mapped_column(Instant, index=True)


class StaffHandoffRow:
    """
    A sign-on code that was used.
    """

    __tablename__ = "staff_handoffs"

    code_id: Mapped[str] = mapped_column(ID, primary_key=True)
    used_at: Mapped[datetime] = mapped_column(Instant, index=True)


# The same tables, for code that knows no service's classes.
_own = MetaData()
_revoked = Table(
    "revoked_sessions",
    _own,
    Column("session_id", String(40), primary_key=True),
    Column("revoked_at", Instant),
)
_handoffs = Table(
    "staff_handoffs", _own, Column("code_id", String(40), primary_key=True), Column("used_at", Instant)
)


def revoke_session(session: Session, fact: StaffSignedOut) -> None:
    """
    Believe no token of this staff session from now on; for the handlers of every service.
    """
    revoke(session, fact.session_id)


def revoke(session: Session, session_id: str) -> None:
    """
    Believe no token of this staff session from now on, and forget those that expired long ago.
    """
    now = clock.real_now()
    session.execute(delete(_revoked).where(_revoked.c.revoked_at < now - KEPT))
    if not is_revoked(session, session_id):
        session.execute(insert(_revoked).values(session_id=session_id, revoked_at=now))


def is_revoked(session: Session, session_id: str) -> bool:
    """
    Tell whether this staff session ended early.
    """
    found = session.execute(select(_revoked.c.session_id).where(_revoked.c.session_id == session_id))
    return found.first() is not None


def use_code(session: Session, code_id: str) -> None:
    """
    Note that a sign-on code is used.

    :raises NotSignedIn: if it was used before
    """
    now = clock.real_now()
    session.execute(delete(_handoffs).where(_handoffs.c.used_at < now - KEPT))
    try:
        with session.begin_nested():
            session.execute(insert(_handoffs).values(code_id=code_id, used_at=now))
    except IntegrityError as error:
        raise NotSignedIn from error
