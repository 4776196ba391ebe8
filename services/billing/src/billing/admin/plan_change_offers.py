"""Send a quoted change of plan to its customer for consent (A7), and take the offer back."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from billing.admin.plan_changes import again
from billing.admin.shell import PREFIX, scope
from billing.queries.plan_change_desk import subscription_in
from billing.usecases.offer_plan_change import offer_plan_change, withdraw_offer
from shared import clock, ui
from shared.errors import NotFound, Refusal
from shared.ui.formats import day
from shared.web.access import staff
from shared.web.app import database

pages = Blueprint("billing_plan_change_offers", __name__, url_prefix=PREFIX, template_folder="templates")


@pages.post("/subscriptions/<subscription_id>/offers")
@staff("orders.approve")
def offer(subscription_id: str) -> ResponseReturnValue:
    """
    Send what was quoted to the customer; nothing is booked before they accept.
    """
    try:
        with database().begin() as session:
            owner = subscription_in(session, subscription_id, scope=scope()).customer_id
            quote_id = request.form.get("quote_id", "")
            made = offer_plan_change(session, customer_id=owner, quote_id=quote_id, now=clock.now())
            words = {"plan": made.to_name, "day": day(made.starts_on)}
    except NotFound:
        raise
    except Refusal as refusal:
        return again(subscription_id, refusal)
    ui.toast(_("Sent: %(plan)s from %(day)s waits for the customer's answer.", **words))
    return redirect(f"{PREFIX}/customers/{owner}/services", 303)


@pages.post("/plan-change-offers/<offer_id>/withdrawals")
@staff("orders.approve")
def withdraw(offer_id: str) -> ResponseReturnValue:
    """
    Take an offer back that the customer has not answered.
    """
    with database().begin() as session:
        taken = withdraw_offer(session, offer_id=offer_id, partner_ids=scope(), now=clock.now())
        owner, name = taken.customer_id, taken.to_name
    ui.toast(_("The offer of %(plan)s is taken back.", plan=name), tone="info")
    return redirect(f"{PREFIX}/customers/{owner}/services", 303)
