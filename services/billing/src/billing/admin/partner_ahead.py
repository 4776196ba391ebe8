"""Time travel for a partner (C9): what all its customers would be billed until any day ahead."""

from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.admin.forms import typed_date
from billing.admin.shell import PREFIX, scope
from billing.queries.days import todays
from billing.queries.partner_ahead import MOST_SUMMED, next_day, partner_ahead, partner_in
from shared import ui
from shared.errors import FieldError, Invalid
from shared.web.access import principal, staff
from shared.web.app import database

pages = Blueprint(
    "billing_partner_ahead", __name__, url_prefix=f"{PREFIX}/partners", template_folder="templates"
)


@pages.get("/<partner_id>/next-invoices")
@staff("invoices.view")
def show(partner_id: str) -> ResponseReturnValue:
    """
    Show how many invoices a day would bring, their sum, and page by page who is billed what.
    """
    text, errors, found = request.args.get("on", ""), [], None
    with database().read() as session:
        partner = partner_in(session, partner_id, scope=scope())
        today = todays(session).of(partner.id)
        try:
            on = _day(text) if text else next_day(session, partner, today=today)
            found = partner_ahead(session, partner, on=on, today=today, after=request.args.get("after"))
        except Invalid as refusal:
            errors = refusal.errors
        return render_template(
            "billing/partner_ahead.html",
            partner=partner,
            found=found,
            today=today,
            most=MOST_SUMMED,
            may_run=principal().may("runs.manage"),
            form=ui.Form({"on": text or (found.on.isoformat() if found else "")}, errors),
        ), 422 if errors else 200


def _day(text: str) -> date:
    found = typed_date(text)
    if found is None:
        raise Invalid(FieldError("#/on", "required", _("Enter a day")))
    return found
