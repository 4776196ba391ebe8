"""The staff, their sessions and their set-up links."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from customers.clients.hashing import fingerprint
from customers.models import SetUpLink, StaffMember, StaffSession
from customers.queries.directory import Scope
from shared.errors import NotFound

LONGEST_SESSION = timedelta(hours=8)
LONGEST_PAUSE = timedelta(minutes=15)


def staff_by_login(session: Session, login: str) -> StaffMember | None:
    """
    Return the member of staff with this login.
    """
    return session.scalar(select(StaffMember).where(StaffMember.login == login.strip().casefold()))


def staff_list(session: Session, scope: Scope) -> list[StaffMember]:
    """
    Return the staff somebody with *scope* may manage, by name.
    """
    everybody = session.scalars(select(StaffMember).order_by(StaffMember.disabled, StaffMember.name))
    return [member for member in everybody if managed(member, scope)]


def staff_member(session: Session, staff_id: str, scope: Scope, *, lock: bool = False) -> StaffMember:
    """
    Return the member of staff.

    :raises NotFound: if there is none whom *scope* may manage
    """
    wanted = select(StaffMember).where(StaffMember.id == staff_id)
    member = session.scalar(wanted.with_for_update() if lock else wanted)
    if member is None or not managed(member, scope):
        raise NotFound
    return member


def managed(member: StaffMember, scope: Scope) -> bool:
    """
    Tell whether somebody with *scope* may manage *member*: nobody manages who sees more than they do.
    """
    if scope is None:
        return True
    return member.partner_ids is not None and set(member.partner_ids) <= scope


def live_session(session: Session, secret: str, now: datetime) -> tuple[StaffSession, StaffMember] | None:
    """
    Return the session the cookie's *secret* opens and whose it is, or None when it is over.
    """
    found = session.execute(
        select(StaffSession, StaffMember)
        .join(StaffMember, StaffMember.id == StaffSession.staff_id)
        .where(
            StaffSession.secret_hash == fingerprint(secret),
            StaffSession.ended_at.is_(None),
            StaffSession.started_at > now - LONGEST_SESSION,
            StaffSession.seen_at > now - LONGEST_PAUSE,
            StaffMember.disabled.is_(False),
        )
    ).first()
    return (found[0], found[1]) if found else None


def set_up_link(session: Session, secret: str, now: datetime) -> SetUpLink | None:
    """
    Return the unused link *secret* opens, or None.
    """
    found = session.get(SetUpLink, fingerprint(secret))
    return found if found is not None and found.used_at is None and found.expires_at > now else None
