"""Create or edit a provider brand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import available_timezones

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from customers import queries
from customers.domain.customer import CONTROL, EMAIL
from customers.domain.texts import N_
from customers.models import Customer, Partner
from customers.usecases.edit_customer import ChangedMeanwhile
from customers.usecases.note_activity import note_fact
from shared.bus.outbox import tell
from shared.contracts.customers import PartnerChanged
from shared.errors import FieldError, Invalid
from shared.ids import new_id

LANGUAGES = ("en", "de")
CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, kw_only=True)
class Brand:
    """
    Everything about a partner that a person may write down; *hue* is an angle of 0 to 359 degrees.
    """

    name: str
    title: str
    hue: int
    currency: str
    timezone: str
    languages: tuple[str, ...]
    help_phone: str = ""
    help_email: str = ""


def add_partner(session: Session, brand: Brand, *, partner_id: str | None = None) -> Partner:
    """
    Add a partner and tell the others; the first one is the default the others inherit from.

    :raises Invalid: if a field breaks a rule
    """
    _check(session, brand, None)
    first = session.scalar(select(func.count()).select_from(Partner)) == 0
    partner = Partner(id=partner_id or new_id("par"), version=1, default=first)
    return _keep(session, partner, brand)


def edit_partner(
    session: Session, brand: Brand, *, partner_id: str, version: int, scope: queries.Scope
) -> Partner:
    """
    Save *brand* over the given version of a partner and tell the others.

    :raises NotFound: if there is no such partner in *scope*
    :raises ChangedMeanwhile: if somebody saved another version first
    :raises Invalid: if a field breaks a rule
    """
    partner = queries.partner(session, partner_id, scope)
    if partner.version != version:
        raise ChangedMeanwhile
    _check(session, brand, partner)
    partner.version += 1
    return _keep(session, partner, brand)


def _keep(session: Session, partner: Partner, brand: Brand) -> Partner:
    partner.name, partner.title, partner.hue = brand.name.strip(), brand.title.strip(), brand.hue
    partner.currency, partner.timezone = brand.currency, brand.timezone
    partner.languages = list(brand.languages)
    partner.help_phone, partner.help_email = brand.help_phone.strip(), brand.help_email.strip()
    session.add(partner)
    session.flush()
    fact = PartnerChanged(
        partner_id=partner.id,
        version=partner.version,
        name=partner.name,
        title=partner.title,
        hue=partner.hue,
        currency=partner.currency,
        timezone=partner.timezone,
        languages=tuple(partner.languages),
        help_phone=partner.help_phone,
        help_email=partner.help_email,
        default=partner.default,
    )
    note_fact(session, tell(session, fact))
    return partner


def _check(session: Session, brand: Brand, partner: Partner | None) -> None:
    errors = [*_text_problems(brand), *_choice_problems(brand), *_clashes(session, brand, partner)]
    if errors:
        raise Invalid(*errors)


def _text_problems(brand: Brand) -> Iterator[FieldError]:
    for name in ("name", "title"):
        value = getattr(brand, name).strip()
        if not value or len(value) > 80 or CONTROL.search(value):
            yield FieldError(f"#/{name}", "text", N_("Enter 1 to 80 characters"))
    if len(brand.help_phone) > 40 or CONTROL.search(brand.help_phone):
        yield FieldError("#/help_phone", "text", N_("Enter at most 40 characters"))
    if brand.help_email.strip() and not EMAIL.fullmatch(brand.help_email.strip()):
        yield FieldError("#/help_email", "email_shape", N_("Enter an e-mail address like help@example.net"))


def _choice_problems(brand: Brand) -> Iterator[FieldError]:
    if not 0 <= brand.hue <= 359:
        yield FieldError("#/hue", "range", N_("Enter a hue of 0 to 359"))
    if not CURRENCY.fullmatch(brand.currency):
        yield FieldError("#/currency", "currency", N_("Enter a currency like EUR"))
    if brand.timezone not in available_timezones():
        yield FieldError("#/timezone", "timezone", N_("Enter a time zone like Europe/Dublin"))
    if not brand.languages or not set(brand.languages) <= set(LANGUAGES):
        yield FieldError("#/languages", "not_a_choice", N_("Choose at least one language"))


def _clashes(session: Session, brand: Brand, partner: Partner | None) -> Iterator[FieldError]:
    same = session.scalar(select(Partner.id).where(Partner.name == brand.name.strip()))
    if same is not None and (partner is None or same != partner.id):
        yield FieldError("#/name", "taken", N_("Choose another name, this one is taken"))
    if partner is None or partner.currency == brand.currency:
        return
    # Bills and balances of its customers are in the old currency and stay so.
    if session.scalar(select(Customer.id).where(Customer.partner_id == partner.id).limit(1)):
        detail = N_("The currency of a partner with customers cannot change")
        yield FieldError("#/currency", "in_use", detail)
