"""
What lines of bills and ways to pay are called, and why a line costs what it costs: on pages and paper, in
tickets, mails and the API.

Billing keeps lines, and tells them, with English labels; what is said here comes from their codes.
"""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from shared.texts import Text
from shared.ui.formats import day, money, said

FEE = ": activation fee"
REFUND = "Refund for unused "
PRICE_OF_CHANGE = "Price of change"
ENDS = {
    "Fee for ending before the contract ends": lazy_gettext("Fee for ending before the contract ends"),
    "Fee for ending the service": lazy_gettext("Fee for ending the service"),
    "Opening balance": lazy_gettext("Opening balance"),
}
CARD = re.compile(r"(.+) ending (\d{4})")
RHYTHMS = {"P1D": Text("a day"), "P1M": Text("a month"), "P12M": Text("a year")}
WAYS = {
    "New card": lazy_gettext("New card"),
    "Cash": lazy_gettext("Cash"),
    "Bank transfer": lazy_gettext("Bank transfer"),
    "Another way": lazy_gettext("Another way"),
    "Opening balance": lazy_gettext("Opening balance"),
}


def line_label(label: str, code: str = "") -> str:
    """
    Say what a line is for; a line of a credit note has no *code*.
    """
    if label.endswith(FEE):
        return str(_("%(name)s: activation fee", name=label.removesuffix(FEE)))
    if code == "refund_unused" or label.startswith(REFUND):
        return str(_("Refund for unused %(name)s", name=label.removeprefix(REFUND)))
    if label in ENDS:
        return str(ENDS[label])
    return str(_("Price of change")) if label == PRICE_OF_CHANGE or code == "price_of_change" else label


def line_reason(basis: Mapping[str, Any], *, style: str = "short") -> str:
    """
    Say why a line costs what it costs, from the parts billing computed it from; *style* is that of days.
    """
    price, code = money(basis["price"]), basis["code"]
    if basis["quantity"] != 1:
        price = f"{basis['quantity']} × {price}"
    if code == "at_activation":
        return str(_("%(price)s once, at activation", price=price))
    if code == "at_the_end":
        return str(_("%(price)s once, at the end", price=price))
    if code == "price_of_change":
        return str(_("One-time fee for moving to another plan"))
    if not basis.get("first_on") or not basis.get("last_on"):
        return str(_("%(price)s once", price=price))
    span = days_between(basis["first_on"], basis["last_on"], style=style)
    if code == "whole_period":
        return str(_("%(price)s for %(span)s", price=price, span=span))
    whole, part = days(basis["nominal_days"]), days(basis["days"])
    if code == "one_day":
        words = _(
            "%(price)s / %(whole)s, to the cent over the period (%(day)s)", price=price, whole=whole, day=span
        )
        return str(words)
    return str(
        _("%(price)s / %(whole)s × %(part)s (%(span)s)", price=price, whole=whole, part=part, span=span)
    )


def days_between(first: Any, last: Any, *, style: str = "short") -> str:
    """
    Say a span of days, the last one included; one day is itself.
    """
    if first == last:
        return day(first, style)
    return str(_("%(first)s to %(last)s", first=day(first, style), last=day(last, style)))


def tax_words() -> tuple[str, list[str]]:
    """
    Say what the table of VAT by rate is called, and its columns.
    """
    return str(_("VAT by rate")), [str(word) for word in (_("VAT rate"), _("Net"), _("VAT"), _("Gross"))]


def days(count: int) -> str:
    """
    Say a number of days.
    """
    return str(ngettext("%(num)d day", "%(num)d days", count))


def rhythm(every: str) -> str:
    """
    Say how often something comes back, from an ISO 8601 duration such as P1M or P30D.
    """
    many = Text("every %(count)s days") if every.endswith("D") else Text("every %(count)s months")
    return said(RHYTHMS.get(every, Text(many, {"count": every[1:-1]})))


def paid_with(label: str) -> str:
    """
    Say how something is paid: "Visa ending 4242" in the page's language.
    """
    card = CARD.fullmatch(label)
    if card:
        return str(_("%(brand)s ending %(digits)s", brand=card[1], digits=card[2]))
    return str(WAYS.get(label, label))
