"""What a customer's next bill will be, or what would be billed until any day ahead."""

from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.admin.shell import PREFIX, scope
from billing.queries import staff as queries
from billing.queries.bills import today_of
from billing.queries.next_invoice import next_invoice
from shared import ui
from shared.errors import FieldError, Invalid
from shared.web.access import staff
from shared.web.app import database

pages = Blueprint(
    "billing_next_invoice", __name__, url_prefix=f"{PREFIX}/customers", template_folder="templates"
)


@pages.get("/<customer_id>/next-invoice")
@staff("invoices.view")
def show(customer_id: str) -> ResponseReturnValue:
    """
    Show what would be billed on a chosen day, with every line; nothing is written.
    """
    text, errors, found = request.args.get("on", ""), [], None
    with database().read() as session:
        customer = queries.one_customer(session, customer_id, scope=scope())
        today = today_of(session, customer_id)
        try:
            found = next_invoice(session, customer_id=customer_id, on=_day(text), today=today)
        except Invalid as refusal:
            errors = refusal.errors
        return render_template(
            "billing/next_invoice.html",
            customer=customer,
            account=queries.account_of(session, customer_id),
            found=found,
            today=today,
            form=ui.Form({"on": text or (found.on.isoformat() if found else today.isoformat())}, errors),
        ), 422 if errors else 200


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(FieldError("#/on", "required", _("Enter a day"))) from None
