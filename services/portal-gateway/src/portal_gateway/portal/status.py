"""How an order and its payment went (P14-P16): pages that move by themselves, and stand when reloaded."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.clients.billing import Order, Payment
from portal_gateway.domain import outcome
from portal_gateway.portal.caller import acquaintance, caller, events_from_now, signed_in, told, upstreams
from portal_gateway.portal.checkout import (
    ALREADY_SENT,
    at_the_choice,
    chosen_payment,
    pay_options,
    result_url,
    return_url,
)
from portal_gateway.portal.pages import part, ways
from portal_gateway.usecases.order_with_payment import settled
from portal_gateway.usecases.pay_bills import pay_bills
from portal_gateway.usecases.retry_payment import retry_payment
from portal_gateway.usecases.top_up import PURPOSE, top_up
from shared import clock, ui
from shared.errors import Invalid, Refusal, Unavailable
from shared.ids import new_id
from shared.ui.formats import day
from shared.web.wiring import database

blueprint = Blueprint("portal_status", __name__, url_prefix="/portal")

FACES = {
    "succeeded": outcome.Face.SUCCESSFUL,
    "failed": outcome.Face.FAILED,
    "cancelled": outcome.Face.FAILED,
}
DECIDED = frozenset({"succeeded", "failed", "cancelled", "refunded"})
AT_REST = "at_rest"
TAKEN_BACK = "taken_back"
# A station that is not behind us goes by another name than one that is.
UNFINISHED = {
    ("approved", "now"): "approval",
    ("approved", "failed"): "rejected",
    ("paid", "now"): "payment",
    ("paid", "failed"): "failed",
}
CANCELLABLE = frozenset({"action_required", "failed", "placed"})


@blueprint.get("/orders")
@signed_in
def orders_page() -> ResponseReturnValue:
    """
    List the customer's orders.
    """
    shown = upstreams().billing.orders(caller(), **part())
    return render_template("portal/orders.html", orders=shown["items"], ways=ways(shown))


@blueprint.get("/orders/<order_id>")
@signed_in
def order_page(order_id: str) -> ResponseReturnValue:
    """
    Show where an order stands; the same address answers the moving part of the page.
    """
    events = events_from_now()
    order = upstreams().billing.order(caller(), order_id)
    settled(database(), order, now=clock.real_now())
    shown = {**_order(order), "events": events}
    return render_template("portal/order_status.html", **shown) if shown["moving"] else _at_rest(shown)


@blueprint.post("/orders/<order_id>/cancellations")
@signed_in
def cancel(order_id: str) -> ResponseReturnValue:
    """
    Take an unpaid order back.
    """
    settled(database(), upstreams().billing.cancel_order(caller(), order_id), now=clock.real_now())
    ui.toast(_("Your order is cancelled."))
    return redirect(f"/portal/orders/{order_id}", 303)


@blueprint.get("/payments/<payment_id>")
@signed_in
def payment_page(payment_id: str) -> ResponseReturnValue:
    """
    Show how a payment went: Successful, Pending or Failed, whatever the address says.
    """
    events = events_from_now()
    payment = upstreams().billing.payment(caller(), payment_id)
    if ui.is_fragment() and payment["status"] in DECIDED and not _is_told():
        return _tell_to_reload()
    return _payment(payment, ui.Form({}), events=events)


@blueprint.post("/payments/<payment_id>/retries")
@signed_in
def retry(payment_id: str) -> ResponseReturnValue:
    """
    Pay the same order, the same bills or the same top-up again.
    """
    payment = upstreams().billing.payment(caller(), payment_id)
    try:
        made = _again(payment, key=request.form.get("key", "")[:200])
    except Invalid as refusal:
        return _payment(payment, ui.Form(request.form, at_the_choice(refusal.errors)), 422)
    except Unavailable:
        again = Refusal(_("Nothing was charged twice. Try again."))
        return _payment(payment, ui.Form(request.form, problem=again), 503, key=request.form.get("key", ""))
    except Refusal as refusal:
        if refusal.code in ALREADY_SENT and payment["order_id"]:
            return redirect(result_url(upstreams().billing.order(caller(), payment["order_id"])), 303)
        return _payment(payment, ui.Form(request.form, problem=refusal), 409)
    if made["status"] == "action_required" and made["action"]:
        return redirect(made["action"]["url"], 303)
    return redirect(f"/portal/payments/{made['id']}", 303)


def steps(order: Order) -> list[dict[str, Any]]:
    """
    Return the steps of an order in words, the present one with what to expect.
    """
    return [{**step, "label": _word(step, order), "note": _note(step, order)} for step in order["steps"]]


def _at_rest(shown: dict[str, Any]) -> ResponseReturnValue:
    if ui.is_fragment() and not _is_told():
        return _tell_to_reload()
    return render_template("portal/order_status.html", **shown)


def _tell_to_reload() -> ResponseReturnValue:
    # The part that moves has come to rest: a redirect makes the page load itself anew, as a whole.
    return redirect(f"{request.path}?{AT_REST}=1", 303)


def _is_told() -> bool:
    return AT_REST in request.args


def _order(order: Order) -> dict[str, Any]:
    return {
        "order": order,
        "mailed": _is_mailed(),
        "face": outcome.face(order["status"], order["mode"]),
        "moving": order["status"] not in outcome.BAD and order["status"] != "active",
        "steps": steps(order),
        "cancellable": order["status"] in CANCELLABLE or order["status"] == "awaiting_approval",
    }


def _payment(
    payment: Payment, form: ui.Form, status: int = 200, *, key: str = "", events: str | None = None
) -> ResponseReturnValue:
    order = upstreams().billing.order(caller(), payment["order_id"]) if payment["order_id"] else None
    if order:
        settled(database(), order, now=clock.real_now())
    face = FACES.get(payment["status"], outcome.Face.PENDING)
    retry = payment["retry"] if payment["retry"] and payment["retry"].get("allowed") else None
    cards = upstreams().billing.payment_methods(caller()) if retry else []
    return (
        render_template(
            "portal/payment_status.html",
            payment=payment,
            order=order,
            mailed=_is_mailed(),
            wallet=_topped_up(payment) if face is outcome.Face.SUCCESSFUL else None,
            face=face,
            failure=_failure(payment),
            steps=steps(order) if order else [],
            retry=retry,
            options=pay_options(cards),
            key=key or new_id("key"),
            form=form,
            events=events,
        ),
        status,
    )


def _is_mailed() -> bool:
    known = acquaintance()
    return bool(known and known.has_email)


def _topped_up(payment: Payment) -> dict[str, Any] | None:
    return told(lambda: upstreams().billing.wallet(caller())) if payment["purpose"] == PURPOSE else None


def _again(payment: Payment, *, key: str) -> Payment:
    how, back = chosen_payment(), return_url()
    if payment["order_id"]:
        return retry_payment(
            database(),
            upstreams(),
            caller(),
            order_id=payment["order_id"],
            payment=how,
            return_url=back,
            key=key,
            now=clock.now(),
        )
    target = {"retry_of": payment["id"]}
    if payment["purpose"] == PURPOSE:
        return top_up(upstreams(), caller(), target=target, payment=how, return_url=back, key=key)
    return pay_bills(upstreams(), caller(), target=target, payment=how, return_url=back, key=key)


def _word(step: dict[str, Any], order: Order) -> str:
    code: str = UNFINISHED.get((step["code"], step["state"]), step["code"])
    if order["status"] == TAKEN_BACK and step["state"] == "failed":
        code = TAKEN_BACK
    starts_on = order.get("starts_on")
    if code == "approved" and step["state"] == "done" and starts_on:
        return str(_("Approved, starts on %(day)s", day=day(starts_on)))
    words = {
        "ordered": _("Ordered"),
        "placed": _("Ordered"),
        "paying": _("Payment"),
        "payment": _("Payment"),
        "paid": _("Paid"),
        "approval": _("Waiting for approval"),
        "awaiting_approval": _("Waiting for approval"),
        "approved": _("Approved"),
        "active": _("Activated"),
        "activated": _("Activated"),
        "rejected": _("Rejected"),
        "failed": _("Payment failed"),
        "cancelled": _("Cancelled"),
        "expired": _("Expired"),
        "refunded": _("Refunded"),
        "taken_back": _("Taken back by us"),
    }
    return words.get(code) or code.replace("_", " ").capitalize()


def _note(step: dict[str, Any], order: Order) -> str:
    starts_on = order.get("starts_on")
    if step["code"] == "activated" and step["state"] == "now" and starts_on:
        return str(_("On %(day)s", day=day(starts_on)))
    if step["state"] != "now" or UNFINISHED.get((step["code"], "now"), step["code"]) != "approval":
        return ""
    if order["status"] == "active":
        return str(_("Nothing for you to do: your services work already."))
    return str(_("Usually within 1 working day"))


def _failure(payment: Payment) -> tuple[str, str]:
    words = {
        "card_declined": (_("Your card was declined"), _("Your bank did not approve the payment.")),
        "insufficient_funds": (_("Your card was declined"), _("There is not enough money on the account.")),
        "expired_card": (_("Your card has expired"), _("Use another card.")),
        "authentication_failed": (
            _("Your bank could not confirm it was you"),
            _("Try again or use another card."),
        ),
        "abandoned": (
            _("The payment was not finished"),
            _("The page of your bank was left before the end."),
        ),
        "cancelled": (_("The payment was cancelled"), _("You can order again at any time.")),
        "amount_differs": (_("The amount was not right"), _("Another amount was taken than you agreed to.")),
        "paid_otherwise": (_("The bill was paid another way"), _("There is nothing left to pay.")),
        "topped_up": (_("Your earlier top-up came through"), _("This one was not needed.")),
        "method_unknown": (_("This card cannot be used any more"), _("Use another card.")),
    }
    code = payment["failure"]["code"] if payment["failure"] else ""
    title, detail = words.get(
        code, (_("The payment did not go through."), _("Try again or use another card."))
    )
    return title, detail
