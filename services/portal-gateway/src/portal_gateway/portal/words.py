"""Why a line costs what it costs, in the reader's language, from the parts billing computed it from."""

from collections.abc import Iterable
from typing import Any

from flask import Flask
from flask_babel import gettext as _

from shared.ui.bill_words import line_label, line_reason, paid_with, rhythm


def init_app(app: Flask) -> None:
    """
    Give the templates these words.
    """
    app.jinja_env.globals.update(
        explained=explained,
        why_different=why_different,
        statement_rows=statement_rows,
        line_label=line_label,
        paid_with=paid_with,
        rhythm=rhythm,
    )


def explained(lines: Iterable[Any]) -> list[dict[str, Any]]:
    """
    Return *lines* with label and explanation as their reader should see them.
    """
    return [
        {**line, "label": line_label(line["label"], line.get("code", "")), "explanation": _why(line)}
        for line in lines or ()
    ]


def _why(line: Any) -> str:
    return line_reason(line["basis"]) if line.get("basis") else str(line.get("explanation") or "")


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
        "payment_succeeded": _("Payment: %(method)s", method=paid_with(row["label"])),
        "payment_recorded": _("Payment: %(method)s", method=paid_with(row["label"])),
        "payment_reversed": _("Payment taken back by the bank"),
        "payment_restored": _("Payment given back by the bank"),
        "opening_balance": _("Opening balance"),
        "opening_undone": _("Opening balance taken back"),
        "invoice_written_off": _("Bill %(number)s written off", number=row["label"]),
        "write_off_undone": _("Bill %(number)s open again", number=row["label"]),
        "refund_agreed": _("Money sent back: %(reason)s", reason=row["label"]),
        "refund_given_up": _("Money not sent back after all"),
    }
    return str(words.get(row["kind"]) or row["kind"].replace("_", " ").capitalize())


def _document(row: Any) -> str | None:
    if str(row["kind"]).startswith("opening"):
        return None
    prefix = str(row["ref"]).split("_", 1)[0]
    place = {"inv": "bills", "cn": "credit-notes", "pay": "payments"}.get(prefix)
    return f"/portal/{place}/{row['ref']}" if place else None
