"""Find out whose session a secret opens; reading, except that it is marked as seen now and then."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, bindparam, select, update
from sqlalchemy.orm import Session

from portal_gateway.domain import session as rules
from portal_gateway.models import PortalSession
from portal_gateway.usecases.sign_in import hashed
from shared.db import Database
from shared.errors import NotAllowed, NotSignedIn
from shared.web.guard import Principal

# Asked for with every request, so that a session that ended opens nothing any more: made once.
_sessions: Table = PortalSession.__table__  # type: ignore[assignment]
OPENED_BY = select(_sessions).where(
    _sessions.c.secret_hash == bindparam("secret"), _sessions.c.kind == bindparam("kind")
)
CALLED = select(_sessions).where(_sessions.c.id == bindparam("id"))


class SessionExpired(NotSignedIn, code="session_expired", title="Sign in again"):
    """
    The session was there and is over.
    """


class PasswordToChoose(NotAllowed, code="not_allowed", title="Choose a password first"):
    """
    The session was begun with a temporary password.
    """


def recognise_session(
    db: Database,
    *,
    secret: str,
    kind: rules.Kind,
    now: datetime,
    seen: bool = True,
    choosing: bool = False,
) -> Principal:
    """
    Return who holds *secret*; whom a cookie brought must prove by a token that our own page sent it.

    Not *seen* is what a page does by itself: it keeps no session from becoming idle.

    :raises NotSignedIn: if it opens nothing
    :raises SessionExpired: if its session is over
    :raises PasswordToChoose: if they have to replace their password, unless they are about to (*choosing*)
    """
    with db.read() as session:
        row = _row(session, secret, kind)
    if _is_over(row, now):
        raise SessionExpired
    if row.must_choose and not choosing:
        raise PasswordToChoose
    if seen and now - row.last_seen_at > rules.TOUCH:
        with db.begin() as session:
            _touch(session, row.id, now)
    return Principal(
        kind="customer",
        id=row.customer_id,
        partner_id=row.partner_id,
        actor=f"customer:{row.customer_id}",
        session_id=row.id,
        csrf=row.csrf_secret if kind is rules.Kind.COOKIE else None,
    )


def is_session_open(session: Session, *, session_id: str, now: datetime) -> bool:
    """
    Return whether a session recognised before is not over yet, without marking it as seen.
    """
    row = session.execute(CALLED, {"id": session_id}).first()
    return row is not None and not _is_over(row, now)


def _row(session: Session, secret: str, kind: rules.Kind) -> Row[Any]:
    found = session.execute(OPENED_BY, {"secret": hashed(secret), "kind": kind}).first()
    if found is None:
        raise NotSignedIn
    return found


def _is_over(row: Row[Any], now: datetime) -> bool:
    idle = rules.is_idle(row.last_seen_at, now, stay_signed_in=row.stay_signed_in)
    return bool(row.ended_at) or idle or now >= row.ends_at or now >= row.access_ends_at


def _touch(session: Session, session_id: str, now: datetime) -> None:
    session.execute(update(PortalSession).where(PortalSession.id == session_id).values(last_seen_at=now))
