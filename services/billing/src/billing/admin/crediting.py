"""Credit notes by staff (C5): from chosen lines of an invoice, or all of it with a new bill at once."""

from datetime import date

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin.forms import again, form_id, typed_date
from billing.admin.shell import PREFIX, scope
from billing.queries import staff as queries
from billing.queries.crediting import suggested
from billing.usecases.credit_and_reissue import credit_and_reissue
from billing.usecases.credit_lines import credit_lines
from shared import clock, ui
from shared.errors import Conflict, FieldError, Invalid
from shared.ids import new_id
from shared.money import Money
from shared.ui.bill_words import line_label
from shared.web.access import staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint("billing_crediting", __name__, url_prefix=f"{PREFIX}/invoices", template_folder="templates")


@pages.get("/<invoice_id>/credit")
@staff("invoices.credit")
def credit_page(invoice_id: str) -> ResponseReturnValue:
    """
    Show what could be credited of each line; with ``from`` the days from then on.
    """
    with database().read() as session:
        return _credit_form(session, invoice_id, None)


@pages.post("/<invoice_id>/credit")
@staff("invoices.credit")
def credit(invoice_id: str) -> ResponseReturnValue:
    """
    Make the credit note.
    """
    try:
        with database().begin() as session:
            note = credit_lines(
                session,
                invoice_id=invoice_id,
                note_id=form_id("cn"),
                amounts=_amounts(session, invoice_id),
                reason=request.form.get("reason", ""),
                pay_back=request.form.get("money") == "back",
                from_on=typed_date(request.form.get("from_on", "")),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        with database().read() as session:
            return _credit_form(session, invoice_id, again(refusal)), status_of(refusal)
    ui.toast(_("Credit note %(number)s is made.", number=note.number))
    return redirect(f"{PREFIX}/credit-notes/{note.id}", 303)


@pages.get("/<invoice_id>/reissue")
@staff("invoices.credit")
def reissue_page(invoice_id: str) -> ResponseReturnValue:
    """
    Show the lines that would be billed again.
    """
    with database().read() as session:
        return _reissue_form(session, invoice_id, None)


@pages.post("/<invoice_id>/reissue")
@staff("invoices.credit")
def reissue(invoice_id: str) -> ResponseReturnValue:
    """
    Credit the invoice and bill the chosen lines again.
    """
    try:
        with database().begin() as session:
            note, made = credit_and_reissue(
                session,
                invoice_id=invoice_id,
                note_id=form_id("cn"),
                line_ids=request.form.getlist("lines"),
                reason=request.form.get("reason", ""),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        with database().read() as session:
            return _reissue_form(session, invoice_id, again(refusal)), status_of(refusal)
    ui.toast(_("Credit note %(number)s is made.", number=note.number))
    return redirect(f"{PREFIX}/invoices/{made.id}" if made else f"{PREFIX}/credit-notes/{note.id}", 303)


def _credit_form(session: Session, invoice_id: str, form: ui.Form | None) -> str:
    invoice = queries.one_invoice(session, invoice_id, scope=scope())
    from_on: date | None = typed_date(request.values.get("from", ""))
    shown = {
        line_id: Money(minor, invoice.currency).amount
        for line_id, minor in suggested(invoice, from_on).items()
    }
    return render_template(
        "billing/credit.html",
        invoice=invoice,
        customer=queries.one_customer(session, invoice.customer_id, scope=scope()),
        from_on=from_on,
        key=request.form.get("key") or new_id("cn"),
        form=form or ui.Form({**shown, "money": "balance", "reason": ""}),
        choices=[("balance", _("Stays as credit")), ("back", _("Goes back the way it was paid"))],
    )


def _reissue_form(session: Session, invoice_id: str, form: ui.Form | None) -> str:
    invoice = queries.one_invoice(session, invoice_id, scope=scope())
    return render_template(
        "billing/reissue.html",
        invoice=invoice,
        customer=queries.one_customer(session, invoice.customer_id, scope=scope()),
        lines=[(line.id, line_label(line.label)) for line in invoice.lines],
        key=request.form.get("key") or new_id("cn"),
        form=form or ui.Form({"lines": [line.id for line in invoice.lines], "reason": ""}),
    )


def _amounts(session: Session, invoice_id: str) -> dict[str, int]:
    invoice = queries.one_invoice(session, invoice_id, scope=scope())
    return {line.id: _amount(line.id, invoice.currency) for line in invoice.lines}


def _amount(name: str, currency: str) -> int:
    text = request.form.get(name, "").strip().replace(",", ".")
    try:
        return Money.parse(text, currency).minor if text else 0
    except ValueError:
        raise Invalid(FieldError(f"#/{name}", "required", _("Enter an amount such as 12.50"))) from None
