"""A change of plan that is offered (A7): see exactly what it costs, accept or decline."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.portal.caller import caller, service_page, signed_in, upstreams
from portal_gateway.usecases.answer_offer import answer_offer
from shared import ui
from shared.errors import NotFound, Refusal
from shared.ids import new_id
from shared.ui.formats import day

blueprint = Blueprint("portal_offers", __name__, url_prefix="/portal/offers")


@blueprint.get("/<offer_id>")
@signed_in
def offer_page(offer_id: str) -> ResponseReturnValue:
    """
    Show the offer, line by line, or how it was answered.
    """
    return _page(offer_id), 200


@blueprint.post("/<offer_id>/answers")
@signed_in
def answer(offer_id: str) -> ResponseReturnValue:
    """
    Accept exactly what was shown, or keep the plan.
    """
    try:
        answered = answer_offer(
            upstreams(),
            caller(),
            offer_id=offer_id,
            answer=request.form.get("answer", "")[:20],
            quote_id=request.form.get("quote_id", "")[:40],
            key=request.form.get("key", "")[:200],
        )
    except NotFound:
        raise
    except Refusal as refusal:
        status = 503 if refusal.code == "upstream_unavailable" else 409
        return _page(offer_id, ui.Form({}, (), problem=refusal)), status
    if answered["status"] == "accepted":
        plan, on = answered["to_plan_name"], day(answered["starts_on"])
        ui.toast(_("Booked. %(plan)s starts on %(day)s.", plan=plan, day=on))
    else:
        ui.toast(_("Declined. Your plan stays as it is."))
    return redirect(service_page(answered["subscription_id"]), 303)


def _page(offer_id: str, form: ui.Form | None = None) -> str:
    billing = upstreams().billing
    offer = billing.changes.offer(caller(), offer_id)
    waits = offer["status"] == "waiting"
    return render_template(
        "portal/offer.html",
        offer=offer,
        quote=billing.changes.find_quote(caller(), offer["quote_id"]) if waits else None,
        service=billing.subscription(caller(), offer["subscription_id"]) if waits else None,
        taken=lambda amount: {**amount, "amount": amount["amount"].removeprefix("-")},
        form=form or ui.Form({}),
        key=new_id("key"),
    )
