"""
Checkout (P13): one page with every line, and one press.

The form carries a key made of the basket and its revision, so that a second press, the back button and a
second tab all mean the same order.
"""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.clients.billing import Order, PaymentMethod, Quote
from portal_gateway.domain.basket import Contents
from portal_gateway.portal.caller import basket, caller, portal_settings, settings, signed_in, upstreams
from portal_gateway.portal.order import quoted
from portal_gateway.usecases.check_ordering import check_ordering
from portal_gateway.usecases.order_as_request import order_as_request
from portal_gateway.usecases.order_with_payment import Confirmation, order_with_payment
from shared import clock, ui
from shared.errors import FieldError, Invalid, Refusal
from shared.web.guard import principal
from shared.web.wiring import database

blueprint = Blueprint("portal_checkout", __name__, url_prefix="/portal")

NEW_CARD = "new_card"
ALREADY_SENT = frozenset({"quote_used", "idempotency_key_reused", "request_in_progress"})


@blueprint.get("/checkout")
@signed_in
def checkout_page() -> ResponseReturnValue:
    """
    Show what is ordered, what it costs and why, and how to pay.
    """
    check_ordering(database(), principal().partner_id)
    return _page(ui.Form({}))


@blueprint.post("/checkout")
@signed_in
def checkout() -> ResponseReturnValue:
    """
    Order it.
    """
    mode = request.form.get("mode", "payment")
    try:
        if mode == "request":
            order = order_as_request(database(), upstreams(), caller(), _confirmed(), now=clock.now())
        else:
            order = order_with_payment(database(), upstreams(), caller(), _paid(), now=clock.now())
    except Invalid as refusal:
        return _page(ui.Form(request.form, refusal.errors), 422)
    except Refusal as refusal:
        return _refused(refusal)
    return redirect(result_url(order), 303)


def result_url(order: Order) -> str:
    """
    Return the page that tells how an order went; the provider's own page while that has to be passed.
    """
    payment = order["payment"]
    if payment and payment["status"] == "action_required" and payment["action"]:
        return payment["action"]["url"]
    if payment and order["mode"] == "payment":
        return f"/portal/payments/{payment['id']}"
    return f"/portal/orders/{order['id']}"


def pay_options(cards: list[PaymentMethod]) -> list[dict[str, str]]:
    """
    Return the ways to pay as choices of a form.
    """
    saved = [{"value": card["id"], "title": card["label"], "text": _expiry(card)} for card in cards]
    new = {"value": NEW_CARD, "title": _("New card"), "text": _("You enter it on the payment page.")}
    return [*saved, new]


def chosen_payment() -> dict[str, str]:
    """
    Return how the form says to pay.

    :raises Invalid: if it does not say
    """
    chosen = request.form.get("payment", "")
    if not chosen or len(chosen) > 40:
        raise Invalid(FieldError("#/payment", "required", _("Choose how to pay.")))
    return {"source": NEW_CARD} if chosen == NEW_CARD else {"payment_method_id": chosen}


def return_url() -> str:
    """
    Return where the payment page leads back to.
    """
    return f"{settings().portal_url}/portal/payments/{{payment_id}}"


def _page(form: ui.Form, status: int = 200) -> ResponseReturnValue:
    contents = basket()
    quote, problem = quoted(contents)
    if contents.order_id:
        return redirect(f"/portal/orders/{contents.order_id}", 303)
    if quote is None:
        return redirect("/portal/basket", 303)
    return _review(contents, quote, form, problem, status)


def _review(
    contents: Contents, quote: Quote, form: ui.Form, problem: Refusal | None, status: int
) -> ResponseReturnValue:
    pays = portal_settings().accept_payment
    cards = upstreams().billing.payment_methods(caller()) if pays else []
    preferred = next((card["id"] for card in cards if card["default"]), cards[0]["id"] if cards else NEW_CARD)
    shown = (
        form if form.value("payment") else ui.Form({"payment": preferred}, form.errors, problem=form.problem)
    )
    return (
        render_template(
            "portal/checkout.html",
            contents=contents,
            quote=quote,
            pays=pays,
            options=pay_options(cards),
            key=f"{contents.id}.{contents.revision}",
            person=upstreams().customers.person(caller()),
            problem=problem,
            form=shown,
        ),
        status,
    )


def _refused(refusal: Refusal) -> ResponseReturnValue:
    if refusal.code in ALREADY_SENT:
        sent = _sent()
        if sent is not None:
            return redirect(result_url(sent), 303)
    status = 503 if refusal.code == "upstream_unavailable" else 409
    if refusal.code == "upstream_unavailable":
        refusal = Refusal(_("Nothing was charged twice. Try again."))
    return _page(ui.Form(request.form, problem=refusal), status)


def _sent() -> Order | None:
    quote_id = request.form.get("quote_id", "")
    orders = upstreams().billing.orders(caller())["items"]
    return next((order for order in orders if order["quote_id"] == quote_id), None)


def _confirmed() -> Confirmation:
    return Confirmation(
        quote_id=request.form.get("quote_id", "")[:40],
        key=request.form.get("key", "")[:200],
        return_url=return_url(),
    )


def _paid() -> Confirmation:
    confirmed = _confirmed()
    return Confirmation(
        quote_id=confirmed.quote_id,
        key=confirmed.key,
        payment=chosen_payment(),
        return_url=confirmed.return_url,
    )


def _expiry(card: PaymentMethod) -> str:
    words: str = _("Expires %(month)02d/%(year)d", month=card["exp_month"], year=card["exp_year"])
    return words
