"""The filter of the lists of documents and payments: the address of the page holds all of it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from flask_babel import gettext as _

from billing.admin.forms import typed_date
from billing.queries.document_lists import Wanted
from shared.errors import FieldError, Invalid
from shared.money import Money

FIELDS = (
    "show",
    "kind",
    "number",
    "partner",
    "currency",
    "from",
    "to",
    "due_from",
    "due_to",
    "min",
    "max",
    "reason",
)
FINEST = "KWD"  # as many digits as any currency has


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """
    Return what the fields of a filter ask for.

    :raises Invalid: if a day or an amount is none
    """
    errors: list[FieldError] = []
    wanted = Wanted(
        status=given.get("show", ""),
        kind=given.get("kind", ""),
        number=given.get("number", "").strip()[:60],
        partner_id=given.get("partner", ""),
        currency=given.get("currency", ""),
        from_on=_day(given, "from", errors),
        to_on=_day(given, "to", errors),
        due_from=_day(given, "due_from", errors),
        due_to=_day(given, "due_to", errors),
        at_least=_amount(given, "min", errors),
        at_most=_amount(given, "max", errors),
        reason=given.get("reason", ""),
    )
    if errors:
        raise Invalid(*errors)
    return wanted


def filter_query(given: Mapping[str, str]) -> str:
    """
    Return the filter without its page, to be carried along by links.
    """
    return urlencode({name: given[name] for name in FIELDS if given.get(name)})


def _day(given: Mapping[str, str], name: str, errors: list[FieldError]) -> date | None:
    text = given.get(name, "").strip()
    found = typed_date(text) if text else None
    if text and found is None:
        errors.append(FieldError(f"#/{name}", "format", _("Enter a day")))
    return found


def _amount(given: Mapping[str, str], name: str, errors: list[FieldError]) -> Decimal | None:
    text = given.get(name, "").strip().replace(",", ".")
    if not text:
        return None
    try:
        return Decimal(Money.parse(text, FINEST).amount)
    except ValueError:
        errors.append(FieldError(f"#/{name}", "format", _("Enter an amount such as 12.50")))
        return None
