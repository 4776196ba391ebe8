"""The lists of invoices (C3), payments (C4) and credit notes (C5), filtered, with totals and as files."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.admin.document_filter import FIELDS, filter_query, wanted_of
from billing.admin.shell import PREFIX, scope
from billing.admin.words import standing
from billing.queries import document_lists as lists
from billing.queries.days import todays
from billing.queries.document_lists import Wanted
from billing.queries.settings import partners_in
from shared import ui
from shared.errors import Invalid
from shared.ids import new_id
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.sheets import csv_answer

pages = Blueprint("billing_document_lists", __name__, url_prefix=PREFIX, template_folder="templates")


@pages.get("/invoices")
@staff("invoices.view")
def invoices() -> ResponseReturnValue:
    """
    List invoices by partner, period, status, kind, number and amount, with totals by status.
    """
    wanted, filters = _filtered()
    with database().read() as session:
        today = todays(session)
        return render_template(
            "billing/invoices.html",
            shown=lists.invoices(session, scope=scope(), wanted=wanted, today=today, before=_before()),
            totals=lists.invoice_totals(session, scope=scope(), wanted=wanted, today=today),
            **_common(session, wanted, filters),
        ), _status(filters)


@pages.get("/invoices.csv")
@staff("invoices.view")
def invoices_file() -> ResponseReturnValue:
    """
    Give the filtered invoices as a file.
    """
    headings = ["number", "customer", "name", "issued_on", "due_on", "kind", "currency"]
    headings += ["total", "open", "status"]
    with database().read() as session:
        found = lists.every_invoice(
            session, scope=scope(), wanted=wanted_of(request.args), today=todays(session)
        )
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
    List payments by partner, day, status, way and amount, with totals by status.
    """
    wanted, filters = _filtered()
    with database().read() as session:
        return render_template(
            "billing/payments.html",
            shown=lists.payments(session, scope=scope(), wanted=wanted, before=_before()),
            totals=lists.payment_totals(session, scope=scope(), wanted=wanted) if wanted.limits else [],
            **_common(session, wanted, filters),
        ), _status(filters)


@pages.get("/payments/failed")
@staff("payments.view")
def failed() -> ResponseReturnValue:
    """
    Show the queue of failed payments by reason, each with one press to try it again.
    """
    with database().read() as session:
        groups = lists.failed_by_reason(session, scope=scope())
        return render_template(
            "billing/failed_payments.html",
            groups=groups,
            keys={reason: new_id("act") for reason in groups},
            may_record=principal().may("payments.record"),
        )


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
            for row, who in lists.every_payment(session, scope=scope(), wanted=wanted_of(request.args))
        ]
    return csv_answer("payments.csv", headings, rows)


@pages.get("/charges")
@staff("invoices.view")
def charges() -> ResponseReturnValue:
    """
    List charges on their way to a bill by partner, day, status and amount, with totals by status.
    """
    wanted, filters = _filtered()
    with database().read() as session:
        return render_template(
            "billing/charges.html",
            shown=lists.charges(session, scope=scope(), wanted=wanted, before=_before()),
            totals=lists.charge_totals(session, scope=scope(), wanted=wanted) if wanted.limits else [],
            **_common(session, wanted, filters),
        ), _status(filters)


@pages.get("/credit-notes")
@staff("invoices.view")
def credit_notes() -> ResponseReturnValue:
    """
    List credit notes by partner, day, status, number and amount, with totals by status.
    """
    wanted, filters = _filtered()
    with database().read() as session:
        return render_template(
            "billing/credit_notes.html",
            shown=lists.credit_notes(session, scope=scope(), wanted=wanted, before=_before()),
            totals=lists.credit_note_totals(session, scope=scope(), wanted=wanted) if wanted.limits else [],
            **_common(session, wanted, filters),
        ), _status(filters)


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
            for row, who in lists.every_credit_note(session, scope=scope(), wanted=wanted_of(request.args))
        ]
    return csv_answer("credit-notes.csv", headings, rows)


def _filtered() -> tuple[Wanted, ui.Form]:
    # What was mistyped limits nothing, and its field says so.
    try:
        return wanted_of(request.args), ui.Form(request.args)
    except Invalid as refusal:
        return Wanted(), ui.Form(request.args, refusal.errors)


def _common(session: Session, wanted: Wanted, filters: ui.Form) -> dict[str, Any]:
    return {
        "wanted": wanted,
        "filters": filters,
        "query": filter_query(request.args),
        "rest": filter_query({**request.args, "show": ""}),
        "fields": [(name, request.args[name]) for name in FIELDS if request.args.get(name)],
        "partners": [(each.id, each.name) for each in partners_in(session, scope())],
        "may_act": principal().may("payments.record") and not filters.failed,
        "key": new_id("act"),
    }


def _status(filters: ui.Form) -> int:
    return 422 if filters.failed else 200


def _before() -> str | None:
    return request.args.get("before")
