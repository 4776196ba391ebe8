"""The plan editor's form: from text to a plan's content and back."""

from typing import Any

from werkzeug.datastructures import MultiDict

from catalog.domain.plan import WHOLE, BillingType, Category, Content
from shared.errors import FieldError, Invalid
from shared.money import Money, UnclearAmount

LISTS = ("member_ids", "billing_types", "partner_ids", "location_ids", "label_ids", "change_target_ids")
SWITCHES = ("enabled", "shown_on_portal", "hidden_on_admin", "auto_renewal")
COUNTS = (
    "interval_months",
    "max_quantity",
    "download_kbit",
    "upload_kbit",
    "contract_months",
    "included_mb",
    "prepaid_days",
)
AMOUNTS = ("price", "activation_fee", "cancellation_fee", "early_end_fee")
MOST_DIGITS = 9
NEW = {"interval_months": "1", "max_quantity": "1", "price": "", "activation_fee": "0.00", "currency": "EUR"}
KNOWN_TYPES = {item.value for item in BillingType}
KNOWN_CATEGORIES = {item.value for item in Category}


def blank() -> dict[str, Any]:
    """
    Return what the form of a new plan shows.
    """
    return {**NEW, "enabled": True, "shown_on_portal": True, "vat_basis_points": "0"}


def shown(content: Content) -> dict[str, Any]:
    """
    Return what the form of an existing plan shows.
    """
    nothing = Money.zero(content.price.currency)
    plain = {
        field: getattr(content, field) for field in ("name", "description", "details", *SWITCHES, *COUNTS)
    }
    return {
        **plain,
        **{field: list(getattr(content, field)) for field in LISTS},
        **{field: (getattr(content, field) or nothing).amount for field in AMOUNTS},
        "currency": content.price.currency,
        "bullets": "\n".join(content.bullets),
        "vat_basis_points": Money(content.vat_basis_points, "EUR").amount.removesuffix(".00"),
        "categories": content.categories[0] if len(content.categories) == 1 else "",
    }


def content_of(form: MultiDict[str, str], *, currency: str | None = None) -> Content:
    """
    Read the form; *currency* is the plan's when it has one already, it never changes.

    :raises Invalid: with every field that cannot be read
    """
    reading = _Reading(form)
    money_of = currency or reading.currency()
    values: dict[str, Any] = {
        "name": form.get("name", "").strip(),
        "description": reading.text("description"),
        "details": reading.text("details"),
        "bullets": tuple(line.strip() for line in reading.text("bullets").splitlines() if line.strip()),
        "vat_basis_points": reading.basis_points("vat_basis_points"),
        "categories": reading.categories(),
        **{field: reading.money(field, money_of) for field in AMOUNTS},
        **{field: reading.count(field) for field in COUNTS},
        **{field: tuple(dict.fromkeys(form.getlist(field))) for field in LISTS},
        **{field: field in form for field in SWITCHES},
    }
    content = Content(**values)
    reading.refuse_unknown_types(content)
    if reading.errors:
        raise Invalid(*reading.errors)
    return content


class _Reading:
    """
    One pass over a form that collects what cannot be read.
    """

    def __init__(self, form: MultiDict[str, str]) -> None:
        self.form = form
        self.errors: list[FieldError] = []

    def text(self, field: str) -> str:
        return self.form.get(field, "").replace("\r\n", "\n").strip()

    def currency(self) -> str:
        text = self.form.get("currency", "").strip().upper()
        if len(text) == 3 and text.isascii() and text.isalpha():
            return text
        self.errors.append(FieldError("#/currency", "unknown", "Enter a currency such as EUR."))
        return "EUR"

    def money(self, field: str, currency: str) -> Money:
        text = self.form.get(field, "").strip().replace(" ", "")
        text = text.replace(",", ".") if "." not in text else text
        try:
            return Money.parse(text or "0", currency) if text or field != "price" else self._missing(currency)
        except UnclearAmount:
            self.errors.append(FieldError(f"#/{field}", "unclear", "Enter an amount such as 30.00."))
            return Money.zero(currency)

    def _missing(self, currency: str) -> Money:
        self.errors.append(FieldError("#/price", "required", "Enter a price, 0.00 if it is free."))
        return Money.zero(currency)

    def basis_points(self, field: str) -> int:
        text = self.form.get(field, "").strip().removesuffix("%").strip().replace(",", ".")
        try:
            points = Money.parse(text or "0", "EUR").minor
        except UnclearAmount:
            points = -1
        if not 0 <= points < WHOLE:
            self.errors.append(
                FieldError(f"#/{field}", "out_of_range", "Enter a percentage from 0 to 99.99.")
            )
            return 0
        return points

    def count(self, field: str) -> int:
        text = self.form.get(field, "").strip().replace(" ", "")
        if not text:
            return int(NEW.get(field, "0"))
        if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
            self.errors.append(FieldError(f"#/{field}", "wrong_type", "Enter a whole number from 0 on."))
            return int(NEW.get(field, "0"))
        return int(text)

    def categories(self) -> tuple[str, ...]:
        text = self.form.get("categories", "")
        if text and text not in KNOWN_CATEGORIES:
            self.errors.append(FieldError("#/categories", "unknown", "Choose a category."))
        return (text,) if text else ()

    def refuse_unknown_types(self, content: Content) -> None:
        if not set(content.billing_types) <= KNOWN_TYPES:
            self.errors.append(FieldError("#/billing_types", "unknown", "Choose types of billing."))
