"""Let a member of staff in, and keep them in while they work."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from customers import queries
from customers.clients import hashing
from customers.domain.texts import N_
from customers.models import StaffMember, StaffSession
from customers.usecases.check_credentials import CredentialsRejected
from customers.usecases.note_activity import note_act
from shared import context
from shared.ids import new_id


def sign_in(session: Session, *, login: str, password: str, now: datetime) -> str:
    """
    Open a new session and return the secret for its cookie.

    :raises CredentialsRejected: if nobody has this login and password, or their account is disabled
    """
    member = queries.staff_by_login(session, login)
    kept = member.password_hash if member else None
    if not hashing.matches(kept, password) or member is None or member.disabled:
        raise CredentialsRejected
    if kept is not None and hashing.is_outdated(kept):
        member.password_hash = hashing.hash_password(password)
    return open_session(session, member, now)


def open_session(session: Session, member: StaffMember, now: datetime) -> str:
    """
    Open a session for somebody who has proved who they are, and return the secret for its cookie.
    """
    secret = hashing.new_secret()
    session.add(
        StaffSession(
            id=new_id("ses"),
            secret_hash=hashing.fingerprint(secret),
            staff_id=member.id,
            csrf=secrets.token_urlsafe(32),
            started_at=now,
            seen_at=now,
        )
    )
    with context.use(actor=f"staff:{member.id}"):
        kind = "customers.staff_signed_in"
        words = N_("Signed in to the administration")
        note_act(session, kind, words, partner_id=None, customer_id=None)
    return secret


def stay_signed_in(session: Session, secret: str, now: datetime) -> tuple[StaffSession, StaffMember] | None:
    """
    Note that the session the cookie's *secret* opens is in use, and return it, or None when it is over.
    """
    found = queries.live_session(session, secret, now)
    if found is not None:
        found[0].seen_at = now
    return found
