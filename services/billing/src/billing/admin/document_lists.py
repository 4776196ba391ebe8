"""The lists of invoices (C3), payments (C4) and credit notes (C5), filtered, with totals and as files."""

from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from billing.admin.shell import PREFIX, scope
from billing.admin.words import standing
from billing.queries import document_lists as lists
from billing.queries.days import todays
from billing.queries.document_lists import Wanted
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.sheets import csv_answer

pages = Blueprint("billing_document_lists", __name__, url_prefix=PREFIX, template_folder="templates")


@pages.get("/invoices")
@staff("invoices.view")
def invoices() -> ResponseReturnValue:
    """
    List invoices by period, status, kind and number, with totals by status.
    """
    wanted = _wanted()
    with database().read() as session:
        today = todays(session)
        return render_template(
            "billing/invoices.html",
            shown=lists.invoices(session, scope=scope(), wanted=wanted, today=today, before=_before()),
            totals=lists.invoice_totals(session, scope=scope(), wanted=wanted, today=today),
            wanted=wanted,
            query=_query(),
        )


@pages.get("/invoices.csv")
@staff("invoices.view")
def invoices_file() -> ResponseReturnValue:
    """
    Give the filtered invoices as a file.
    """
    headings = ["number", "customer", "name", "issued_on", "due_on", "kind", "currency"]
    headings += ["total", "open", "status"]
    with database().read() as session:
        found = lists.every_invoice(session, scope=scope(), wanted=_wanted(), today=todays(session))
        rows = [
            (
                row.number,
                f"{who.number:06d}" if who else "",
                who.full_name if who else "",
                row.issued_on,
                row.due_on,
                row.kind.value,
                row.currency,
                row.total.amount,
                row.open.amount,
                standing(row).value,
            )
            for row, who in found
        ]
    return csv_answer("invoices.csv", headings, rows)


@pages.get("/payments")
@staff("payments.view")
def payments() -> ResponseReturnValue:
    """
    List payments by day, status and way.
    """
    wanted = _wanted()
    with database().read() as session:
        return render_template(
            "billing/payments.html",
            shown=lists.payments(session, scope=scope(), wanted=wanted, before=_before()),
            wanted=wanted,
            query=_query(),
        )


@pages.get("/payments/failed")
@staff("payments.view")
def failed() -> ResponseReturnValue:
    """
    Show the queue of failed payments by reason, each with one press to try it again.
    """
    with database().read() as session:
        groups = lists.failed_by_reason(session, scope=scope())
        may_record = principal().may("payments.record")
        return render_template("billing/failed_payments.html", groups=groups, may_record=may_record)


@pages.get("/payments.csv")
@staff("payments.view")
def payments_file() -> ResponseReturnValue:
    """
    Give the filtered payments as a file.
    """
    headings = ["id", "customer", "name", "day", "way", "currency", "amount", "unused", "status", "receipt"]
    with database().read() as session:
        rows = [
            (
                row.id,
                f"{who.number:06d}" if who else "",
                who.full_name if who else "",
                row.received_on or row.created_at.date(),
                row.method_label,
                row.currency,
                row.amount.amount,
                row.left.amount,
                row.status.value,
                row.receipt_number,
            )
            for row, who in lists.every_payment(session, scope=scope(), wanted=_wanted())
        ]
    return csv_answer("payments.csv", headings, rows)


@pages.get("/credit-notes")
@staff("invoices.view")
def credit_notes() -> ResponseReturnValue:
    """
    List credit notes by day, status and number.
    """
    wanted = _wanted()
    with database().read() as session:
        return render_template(
            "billing/credit_notes.html",
            shown=lists.credit_notes(session, scope=scope(), wanted=wanted, before=_before()),
            wanted=wanted,
            query=_query(),
        )


@pages.get("/credit-notes.csv")
@staff("invoices.view")
def credit_notes_file() -> ResponseReturnValue:
    """
    Give the filtered credit notes as a file.
    """
    headings = ["number", "customer", "name", "issued_on", "currency", "total", "left", "status", "reason"]
    with database().read() as session:
        rows = [
            (
                row.number,
                f"{who.number:06d}" if who else "",
                who.full_name if who else "",
                row.issued_on,
                row.currency,
                row.total.amount,
                row.left.amount,
                row.status.value,
                row.reason,
            )
            for row, who in lists.every_credit_note(session, scope=scope(), wanted=_wanted())
        ]
    return csv_answer("credit-notes.csv", headings, rows)


def _wanted() -> Wanted:
    asked = request.args
    return Wanted(
        status=asked.get("show", ""),
        kind=asked.get("kind", ""),
        number=asked.get("number", "").strip()[:60],
        from_on=_typed("from"),
        to_on=_typed("to"),
    )


def _typed(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _before() -> str | None:
    return request.args.get("before")


def _query() -> str:
    # The filter without its page, to be carried along by links.
    return urlencode({name: value for name, value in request.args.items() if name != "before" and value})
