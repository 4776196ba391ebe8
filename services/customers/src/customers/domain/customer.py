"""What a customer record may hold, and which address gets which mail."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from customers.domain.texts import N_
from shared.errors import FieldError

LONGEST = 200
MOST_ADDRESSES = 10
EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,180}\.[^@\s,;<>\".]{1,60}")
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{3,38}")
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,79}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Category(StrEnum):
    """
    What kind of customer.
    """

    INDIVIDUAL = "individual"
    BUSINESS = "business"


class BillingType(StrEnum):
    """
    How a customer pays.
    """

    RECURRING = "recurring"
    PREPAID = "prepaid"
    PREPAID_DAILY = "prepaid_daily"


@dataclass(frozen=True, kw_only=True)
class Details:
    """
    Everything about a customer that a person may write down.
    """

    full_name: str
    login: str
    partner_id: str
    location_id: str | None = None
    category: str = "individual"
    billing_type: str = "recurring"
    emails: tuple[str, ...] = ()
    billing_emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    street: str = ""
    zip_code: str = ""
    city: str = ""
    language: str = "en"
    label_ids: tuple[str, ...] = ()


def listed(text: str) -> tuple[str, ...]:
    """
    Split what was typed or pasted with commas, semicolons or line ends, dropping doubles.
    """
    parts = (part.strip() for part in re.split(r"[,;\n]", text))
    return tuple(dict.fromkeys(part for part in parts if part))


def normal_login(text: str) -> str:
    """
    Return a login as it is stored and compared.
    """
    return text.strip().casefold()


def problems(details: Details) -> list[FieldError]:
    """
    Say what a person has to change before *details* can be kept.
    """
    return [
        *_text_problems(details),
        *_login_problems(details.login),
        *_choice_problems(details),
        *_address_problems("emails", details.emails),
        *_address_problems("billing_emails", details.billing_emails),
        *_phone_problems(details.phones),
    ]


def billing_addresses(emails: Iterable[str], billing_emails: Iterable[str]) -> tuple[str, ...]:
    """
    Return where mail about money goes: to the billing addresses, else to the main ones, never to both.
    """
    return tuple(billing_emails) or tuple(emails)


def mail_rule(emails: Iterable[str], billing_emails: Iterable[str]) -> str:
    """
    Name which of the rules of billing mail holds: ``nobody``, ``all_to_main``, ``split`` or ``billing_only``.
    """
    if not tuple(billing_emails):
        return "all_to_main" if tuple(emails) else "nobody"
    return "split" if tuple(emails) else "billing_only"


def _text_problems(details: Details) -> Iterator[FieldError]:
    if not details.full_name.strip():
        yield FieldError("#/full_name", "required", N_("Enter the full name"))
    for name in ("full_name", "street", "zip_code", "city"):
        value = getattr(details, name)
        if len(value) > LONGEST:
            yield FieldError(f"#/{name}", "too_long", N_("Use at most 200 characters"))
        if CONTROL.search(value):
            yield FieldError(f"#/{name}", "control_characters", N_("Use one line of plain text"))


def _login_problems(login: str) -> Iterator[FieldError]:
    if not LOGIN.fullmatch(normal_login(login)):
        detail = N_("Enter a login of 2 to 80 letters, digits and . _ @ + -")
        yield FieldError("#/login", "login_shape", detail)


def _choice_problems(details: Details) -> Iterator[FieldError]:
    if details.category not in set(Category):
        yield FieldError("#/category", "not_a_choice", N_("Choose individual or business"))
    if details.billing_type not in set(BillingType):
        yield FieldError("#/billing_type", "not_a_choice", N_("Choose how this customer pays"))


def _address_problems(name: str, addresses: tuple[str, ...]) -> Iterator[FieldError]:
    if len(addresses) > MOST_ADDRESSES:
        yield FieldError(f"#/{name}", "too_many", N_("Enter at most 10 addresses"))
    if any(not EMAIL.fullmatch(address) or CONTROL.search(address) for address in addresses):
        yield FieldError(
            f"#/{name}",
            "email_shape",
            N_("Enter e-mail addresses like name@example.net, with commas between"),
        )


def _phone_problems(phones: tuple[str, ...]) -> Iterator[FieldError]:
    if len(phones) > MOST_ADDRESSES:
        yield FieldError("#/phones", "too_many", N_("Enter at most 10 phone numbers"))
    if any(not PHONE.fullmatch(phone) for phone in phones):
        yield FieldError(
            "#/phones", "phone_shape", N_("Enter phone numbers like +353 21 555 0101, with commas between")
        )
