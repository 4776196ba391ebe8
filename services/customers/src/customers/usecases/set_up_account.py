"""Let a member of staff choose their own password by a link that works once."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from customers import queries
from customers.clients import hashing
from customers.domain import password as rules
from customers.domain.texts import N_
from customers.models import SetUpLink, StaffMember
from customers.usecases.note_activity import note_act
from customers.usecases.save_staff import Profile, add_staff
from customers.usecases.sign_out import end_sessions
from shared import context
from shared.errors import Gone, Invalid

LIFETIME = timedelta(hours=24)


class LinkUsedUp(Gone, code="set_up_link_used", title=N_("This link does not work any more")):
    """
    The link was used, is too old, or never was one.
    """


def set_up_link(session: Session, *, staff_id: str, scope: queries.Scope, now: datetime) -> str:
    """
    Return the secret of a new link; links made before for the same person stop working.

    :raises NotFound: if there is no such account that *scope* may manage
    """
    member = queries.staff_member(session, staff_id, scope)
    earlier = select(SetUpLink).where(SetUpLink.staff_id == member.id, SetUpLink.used_at.is_(None))
    for link in session.scalars(earlier):
        link.used_at = now
    secret = hashing.new_secret()
    session.add(
        SetUpLink(secret_hash=hashing.fingerprint(secret), staff_id=member.id, expires_at=now + LIFETIME)
    )
    kind, words = "customers.set_up_link_made", N_("A set-up link for %(login)s was made")
    note_act(session, kind, words, partner_id=None, customer_id=None, login=member.login)
    return secret


def first_administrator(session: Session) -> StaffMember:
    """
    Return the first administrator, adding the account when there is no staff at all.
    """
    member = queries.staff_by_login(session, "admin")
    if member is None:
        profile = Profile(
            login="admin", name="Administrator", email="admin@localhost.invalid", roles=("administrator",)
        )
        member = add_staff(session, profile, scope=None)
    return member


def choose_password(session: Session, *, secret: str, password: str, now: datetime) -> StaffMember:
    """
    Set the password of whom the link is for, and end what sessions they have.

    :raises LinkUsedUp: if the link does not work
    :raises Invalid: if the password is too easy
    """
    link = queries.set_up_link(session, secret, now)
    if link is None:
        raise LinkUsedUp
    member = session.get_one(StaffMember, link.staff_id)
    errors = rules.problems(password, near=(member.login, member.name, member.email))
    if errors:
        raise Invalid(*errors)
    link.used_at = now
    member.password_hash = hashing.hash_password(password)
    with context.use(actor=f"staff:{member.id}"):
        end_sessions(session, staff_id=member.id)
        kind, words = "customers.staff_password_chosen", N_("Chose a new password")
        note_act(session, kind, words, partner_id=None, customer_id=None)
    return member
