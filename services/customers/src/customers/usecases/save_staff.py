"""Give somebody an account, or change what they may do."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from customers import queries
from customers.domain.customer import CONTROL, EMAIL, LOGIN
from customers.domain.roles import ROLES
from customers.domain.texts import N_
from customers.models import StaffMember
from customers.usecases.edit_customer import ChangedMeanwhile
from customers.usecases.note_activity import note_act
from customers.usecases.sign_out import end_sessions
from shared import clock
from shared.errors import Conflict, FieldError, Invalid
from shared.ids import new_id


class LastAdministrator(Conflict, code="last_administrator", title=N_("Somebody has to manage the staff")):
    """
    Without this account nobody could manage the staff any more.
    """


@dataclass(frozen=True, kw_only=True)
class Profile:
    """
    Who somebody is and what they may do; *partner_ids* None means every partner.
    """

    login: str
    name: str
    email: str
    roles: tuple[str, ...]
    partner_ids: tuple[str, ...] | None = None
    disabled: bool = False


def add_staff(
    session: Session, profile: Profile, *, scope: queries.Scope, staff_id: str | None = None
) -> StaffMember:
    """
    Add an account that cannot sign in yet: its owner chooses a password by a set-up link.

    :raises Invalid: if a field breaks a rule or the login is taken
    """
    _check(session, profile, scope, None)
    member = StaffMember(id=staff_id or new_id("stf"), version=0, created_at=clock.real_now())
    return _keep(session, member, profile, N_("Staff account %(login)s was added"))


def edit_staff(
    session: Session, profile: Profile, *, staff_id: str, version: int, scope: queries.Scope
) -> StaffMember:
    """
    Save *profile* over the given version of an account; it holds from the next sign-in on.

    Their sessions end, because the tokens out there still say what they might do before.

    :raises NotFound: if there is no such account that *scope* may manage
    :raises ChangedMeanwhile: if somebody saved another version first
    :raises LastAdministrator: if nobody could manage the staff afterwards
    :raises Invalid: if a field breaks a rule or the login is taken
    """
    member = queries.staff_member(session, staff_id, scope, lock=True)
    if member.version != version:
        raise ChangedMeanwhile
    _check(session, profile, scope, member)
    if _manages(member.roles, member.disabled) and not _manages(profile.roles, profile.disabled):
        _refuse_last(session, member)
    end_sessions(session, staff_id=member.id)
    return _keep(session, member, profile, N_("Staff account %(login)s was saved"))


def _keep(session: Session, member: StaffMember, profile: Profile, words: str) -> StaffMember:
    member.login, member.name = profile.login.strip().casefold(), profile.name.strip()
    member.email, member.disabled = profile.email.strip(), profile.disabled
    member.roles = list(profile.roles)
    member.partner_ids = None if profile.partner_ids is None else list(profile.partner_ids)
    member.version += 1
    session.add(member)
    session.flush()
    kind = "customers.staff_saved"
    note_act(session, kind, words, partner_id=None, customer_id=None, login=member.login)
    return member


def _manages(roles: list[str] | tuple[str, ...], disabled: bool) -> bool:
    return "administrator" in roles and not disabled


def _refuse_last(session: Session, member: StaffMember) -> None:
    others = session.scalars(select(StaffMember).where(StaffMember.id != member.id))
    if not any(_manages(other.roles, other.disabled) and other.partner_ids is None for other in others):
        raise LastAdministrator(N_("This is the last administrator. Make somebody else one first."))


def _check(session: Session, profile: Profile, scope: queries.Scope, member: StaffMember | None) -> None:
    errors = [*_text_problems(profile), *_right_problems(session, profile, scope)]
    same = queries.staff_by_login(session, profile.login)
    if same is not None and (member is None or same.id != member.id):
        errors.append(FieldError("#/login", "login_taken", N_("Choose another login, this one is taken")))
    if errors:
        raise Invalid(*errors)


def _text_problems(profile: Profile) -> Iterator[FieldError]:
    if not LOGIN.fullmatch(profile.login.strip().casefold()):
        detail = N_("Enter a login of 2 to 80 letters, digits and . _ @ + -")
        yield FieldError("#/login", "login_shape", detail)
    if not profile.name.strip() or len(profile.name) > 120 or CONTROL.search(profile.name):
        yield FieldError("#/name", "text", N_("Enter 1 to 120 characters"))
    if not EMAIL.fullmatch(profile.email.strip()):
        yield FieldError("#/email", "email_shape", N_("Enter an e-mail address like name@example.net"))


def _right_problems(session: Session, profile: Profile, scope: queries.Scope) -> Iterator[FieldError]:
    if not profile.roles or not set(profile.roles) <= set(ROLES):
        yield FieldError("#/roles", "not_a_choice", N_("Choose at least one role"))
    seen = {partner.id for partner in queries.partners(session, scope)}
    if profile.partner_ids is None and scope is None:
        return
    if not profile.partner_ids or not set(profile.partner_ids) <= seen:
        yield FieldError("#/partner_ids", "not_a_choice", N_("Choose at least one partner"))
