"""Why a line costs what it costs, in the reader's language, from the parts billing computed it from."""

from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from shared.ui.formats import day, money

FEE = ": activation fee"
REFUND = "Refund for unused "


def init_app(app: Flask) -> None:
    """
    Give the templates these words.
    """
    app.jinja_env.globals.update(
        explained=explained, why_different=why_different, statement_rows=statement_rows
    )


def explained(lines: Iterable[Any]) -> list[dict[str, Any]]:
    """
    Return *lines* with label and explanation as their reader should see them.
    """
    return [{**line, "label": _label(line), "explanation": _why(line)} for line in lines or ()]


def why_different(change: Any) -> str:
    """
    Return in words why a service costs more or less than on the bill before.
    """
    words = {
        "new": _("New since the bill before"),
        "ended": _("Not on this bill any more"),
        "once_now": _("Charged once"),
        "once_before": _("Was charged once on the bill before"),
        "usage": _("Usage"),
        "plan_change": _("Plan changed"),
        "price_change": _("Price changed"),
        "quantity": _("Quantity changed"),
        "part_period": _(
            "%(now)d days instead of %(before)d", now=change["days_now"], before=change["days_before"]
        ),
    }
    return str(words.get(change["code"]) or _("Charged differently"))


def statement_rows(statement: Any) -> list[dict[str, Any]]:
    """
    Return a statement as rows to be shown, newest last, between its two balances.
    """
    first = {"on": statement["from"], "what": _("Balance before"), "balance": statement["opening"]}
    last = {"on": statement["to"], "what": _("Balance after"), "balance": statement["closing"]}
    rows = [{**row, "what": _posting(row), "href": _document(row)} for row in statement["rows"]]
    return [first, *rows, last]


def _posting(row: Any) -> str:
    words = {
        "invoice_issued": _("Bill %(number)s", number=row["label"]),
        "credit_note_issued": _("Credit note %(number)s", number=row["label"]),
        "payment_succeeded": _("Payment: %(method)s", method=row["label"]),
        "payment_recorded": _("Payment: %(method)s", method=row["label"]),
        "payment_reversed": _("Payment taken back by the bank"),
        "payment_restored": _("Payment given back by the bank"),
        "refund_agreed": _("Money sent back: %(reason)s", reason=row["label"]),
        "refund_given_up": _("Money not sent back after all"),
    }
    return str(words.get(row["kind"]) or row["kind"].replace("_", " ").capitalize())


def _document(row: Any) -> str | None:
    prefix = str(row["ref"]).split("_", 1)[0]
    place = {"inv": "bills", "cn": "credit-notes", "pay": "payments"}.get(prefix)
    return f"/portal/{place}/{row['ref']}" if place else None


def _label(line: Any) -> str:
    label = str(line["label"])
    if line.get("code") == "activation_fee" and label.endswith(FEE):
        return str(_("%(name)s: activation fee", name=label.removesuffix(FEE)))
    if line.get("code") == "refund_unused":
        return str(_("Refund for unused %(name)s", name=label.removeprefix(REFUND)))
    if line.get("code") == "price_of_change":
        return str(_("Price of change"))
    return label


def _why(line: Any) -> str:
    basis = line.get("basis")
    if not basis:
        return str(line.get("explanation") or "")
    price = money(basis["price"])
    if basis["quantity"] != 1:
        price = f"{basis['quantity']} × {price}"
    if basis["code"] == "at_activation":
        return str(_("%(price)s once, at activation", price=price))
    if basis["code"] == "price_of_change":
        return str(_("One-time fee for moving to another plan"))
    if basis["code"] == "once":
        return str(_("%(price)s once", price=price))
    span = _(
        "%(first)s to %(last)s", first=day(basis["first_on"], "short"), last=day(basis["last_on"], "short")
    )
    if basis["code"] == "whole_period":
        return str(_("%(price)s for %(span)s", price=price, span=span))
    if basis["code"] == "one_day":
        whole = _days(basis["nominal_days"])
        words = _(
            "%(price)s / %(whole)s, to the cent over the period (%(day)s)", price=price, whole=whole, day=span
        )
        return str(words)
    return str(
        _(
            "%(price)s / %(whole)s × %(part)s (%(span)s)",
            price=price,
            whole=_days(basis["nominal_days"]),
            part=_days(basis["days"]),
            span=span,
        )
    )


def _days(count: int) -> str:
    return str(ngettext("%(num)d day", "%(num)d days", count))
