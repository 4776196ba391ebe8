"""What a customer came with from elsewhere: entered once on the Billing tab, and taken back."""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.admin.forms import again, form_id, money, typed_date
from billing.admin.shell import PREFIX, scope
from billing.queries import staff as queries
from billing.queries.bills import today_of
from billing.usecases.set_opening_balance import Opening, set_opening_balance, standing_opening
from billing.usecases.undo_opening_balance import undo_opening_balance
from shared import clock, ui
from shared.errors import Conflict, Invalid
from shared.ids import new_id
from shared.web.access import staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint("billing_opening", __name__, url_prefix=f"{PREFIX}/customers", template_folder="templates")

OWES, CREDIT = "owes", "credit"


@pages.get("/<customer_id>/opening-balance")
@staff("payments.record")
def show(customer_id: str) -> ResponseReturnValue:
    """
    Show the form, or the opening balance that stands.
    """
    return _page(customer_id, ui.Form({"side": OWES}))


@pages.post("/<customer_id>/opening-balance")
@staff("payments.record")
def enter(customer_id: str) -> ResponseReturnValue:
    """
    Put it into the books.
    """
    try:
        with database().begin() as session:
            queries.one_customer(session, customer_id, scope=scope())
            set_opening_balance(
                session,
                customer_id=customer_id,
                opening_id=form_id("opb"),
                opening=_opening(queries.account_of(session, customer_id)),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        return _page(customer_id, again(refusal)), status_of(refusal)
    ui.toast(_("The opening balance is in the books."))
    return redirect(f"{PREFIX}/customers/{customer_id}/billing", 303)


@pages.post("/<customer_id>/opening-balance/undo")
@staff("payments.record")
def undo(customer_id: str) -> ResponseReturnValue:
    """
    Take it back.
    """
    try:
        with database().begin() as session:
            undo_opening_balance(
                session,
                customer_id=customer_id,
                reason=request.form.get("reason", ""),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        return _page(customer_id, again(refusal)), status_of(refusal)
    ui.toast(_("The opening balance is taken back."))
    return redirect(f"{PREFIX}/customers/{customer_id}/billing", 303)


def _opening(account: Any) -> Opening:
    amount = money("amount", account.currency if account else "EUR")
    owes = request.form.get("side") != CREDIT
    return Opening(
        amount=-amount if owes else amount,
        reason=request.form.get("reason", ""),
        due_on=typed_date(request.form.get("due_on", "")) if owes else None,
    )


def _page(customer_id: str, form: ui.Form) -> str:
    with database().read() as session:
        customer = queries.one_customer(session, customer_id, scope=scope())
        account = queries.account_of(session, customer_id)
        today: date = today_of(session, customer_id)
        return render_template(
            "billing/opening_balance.html",
            customer=customer,
            currency=account.currency if account else "EUR",
            standing=standing_opening(session, customer_id),
            sides=[(OWES, _("The customer owes it")), (CREDIT, _("The customer has it as credit"))],
            today=today,
            key=request.form.get("key") or new_id("opb"),
            form=form,
        )
