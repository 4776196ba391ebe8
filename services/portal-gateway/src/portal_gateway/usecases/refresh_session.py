"""Trade a refresh secret for new secrets; a secret shown twice was stolen, and ends the session."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal_gateway.domain import session as rules
from portal_gateway.models import PortalSession
from portal_gateway.usecases.recognise_session import SessionExpired
from portal_gateway.usecases.sign_in import hashed
from shared.db import Database
from shared.errors import NotSignedIn


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """
    The new secrets of a session that goes on.
    """

    session_id: str
    secret: str
    refresh_secret: str
    ends_at: datetime


def refresh_session(db: Database, *, refresh_secret: str, now: datetime) -> Refreshed:
    """
    Give the session new secrets; the old ones are worth nothing from now on.

    :raises NotSignedIn: if the secret opens nothing
    :raises SessionExpired: if the session is over, or the secret was used before
    """
    with db.begin() as session:
        row = _row(session, hashed(refresh_secret))
        refreshed = _rotated(row, refresh_secret, now)
    if refreshed is None:
        raise SessionExpired
    return refreshed


def _row(session: Session, refresh_hash: str) -> PortalSession:
    either = or_(PortalSession.refresh_hash == refresh_hash, PortalSession.spent_refresh_hash == refresh_hash)
    found = session.scalar(select(PortalSession).where(either).with_for_update())
    if found is None:
        raise NotSignedIn
    return found


def _rotated(row: PortalSession, refresh_secret: str, now: datetime) -> Refreshed | None:
    idle = rules.is_idle(row.last_seen_at, now, stay_signed_in=row.stay_signed_in)
    if row.ended_at or idle or now >= row.ends_at:
        return None
    if row.refresh_hash != hashed(refresh_secret):
        row.ended_at = now
        return None
    secret, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    row.spent_refresh_hash, row.refresh_hash = row.refresh_hash, hashed(refresh)
    row.secret_hash, row.last_seen_at = hashed(secret), now
    row.access_ends_at = min(now + rules.ACCESS, row.ends_at)
    return Refreshed(session_id=row.id, secret=secret, refresh_secret=refresh, ends_at=row.access_ends_at)
