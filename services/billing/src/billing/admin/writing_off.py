"""What will not be paid is written off from its invoice, and opened again."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.admin.forms import again, form_id
from billing.admin.shell import PREFIX, scope
from billing.queries import staff as queries
from billing.usecases.write_off_invoice import open_written_off, write_off_invoice
from shared import clock, ui
from shared.errors import Conflict, Invalid
from shared.ids import new_id
from shared.ui.formats import money
from shared.web.access import staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint(
    "billing_writing_off", __name__, url_prefix=f"{PREFIX}/invoices", template_folder="templates"
)


@pages.get("/<invoice_id>/write-off")
@staff("invoices.write_off")
def write_off_page(invoice_id: str) -> ResponseReturnValue:
    """
    Show what would be given up, and what that means.
    """
    return _form(invoice_id, ui.Form({}), undo=False)


@pages.post("/<invoice_id>/write-off")
@staff("invoices.write_off")
def write_off(invoice_id: str) -> ResponseReturnValue:
    """
    Write off what is open.
    """
    try:
        with database().begin() as session:
            found = write_off_invoice(
                session,
                invoice_id=invoice_id,
                write_off_id=form_id("wof"),
                reason=request.form.get("reason", ""),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        return _form(invoice_id, again(refusal), undo=False), status_of(refusal)
    ui.toast(_("%(sum)s is written off.", sum=money(found.amount)))
    return redirect(f"{PREFIX}/invoices/{invoice_id}", 303)


@pages.get("/<invoice_id>/write-off/undo")
@staff("invoices.write_off")
def undo_page(invoice_id: str) -> ResponseReturnValue:
    """
    Show what would be owed again.
    """
    return _form(invoice_id, ui.Form({}), undo=True)


@pages.post("/<invoice_id>/write-off/undo")
@staff("invoices.write_off")
def undo(invoice_id: str) -> ResponseReturnValue:
    """
    Let what was written off be owed again.
    """
    try:
        with database().begin() as session:
            open_written_off(
                session,
                invoice_id=invoice_id,
                reason=request.form.get("reason", ""),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        return _form(invoice_id, again(refusal), undo=True), status_of(refusal)
    ui.toast(_("It is owed again."))
    return redirect(f"{PREFIX}/invoices/{invoice_id}", 303)


def _form(invoice_id: str, form: ui.Form, *, undo: bool) -> str:
    with database().read() as session:
        invoice = queries.one_invoice(session, invoice_id, scope=scope())
        return render_template(
            "billing/write_off.html",
            invoice=invoice,
            customer=queries.one_customer(session, invoice.customer_id, scope=scope()),
            undo=undo,
            amount=invoice.written_off if undo else invoice.open,
            key=request.form.get("key") or new_id("wof"),
            form=form,
        )
