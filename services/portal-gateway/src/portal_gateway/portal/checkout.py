"""
Checkout (P13): one page with every line, and one press.

The form carries a key made of the basket and its revision, so that a second press, the back button and a
second tab all mean the same order.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.clients.billing import Order, PaymentMethod, Quote
from portal_gateway.clients.catalog import Product
from portal_gateway.clients.customers import Person
from portal_gateway.domain.basket import Contents
from portal_gateway.portal.caller import (
    basket,
    caller,
    partner,
    portal_settings,
    settings,
    signed_in,
    told,
    upstreams,
)
from portal_gateway.portal.order import quoted
from portal_gateway.usecases.check_ordering import check_ordering
from portal_gateway.usecases.find_sent_order import AlreadyOrdered, order_of
from portal_gateway.usecases.order_as_request import order_as_request
from portal_gateway.usecases.order_with_payment import Confirmation, order_with_payment
from shared import clock, ui
from shared.errors import FieldError, Invalid, Refusal, Unavailable
from shared.ui.bill_words import paid_with
from shared.web.guard import principal
from shared.web.wiring import database

blueprint = Blueprint("portal_checkout", __name__, url_prefix="/portal")

NEW_CARD = "new_card"
AHEAD = timedelta(days=365)  # what the field offers; billing decides
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
        return _page(ui.Form(request.form, at_the_choice(refusal.errors)), 422)
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


def pay_options(cards: list[PaymentMethod] | None) -> list[dict[str, str]]:
    """
    Return the ways to pay as choices of a form; *cards* None: they cannot be told, the chosen one stays.
    """
    chosen = request.form.get("payment", "")[:40] if cards is None else ""
    saved = [
        {"value": card["id"], "title": paid_with(card["label"]), "text": _expiry(card)}
        for card in cards or ()
    ]
    if chosen not in ("", NEW_CARD):
        saved = [{"value": chosen, "title": _("The card you chose"), "text": ""}]
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


def pay_form(form: ui.Form, cards: list[PaymentMethod] | None) -> ui.Form:
    """
    Return the form with a way to pay chosen: what it says, else the default card, else a new one.
    """
    if form.value("payment"):
        return form
    saved = sorted(cards or (), key=lambda card: not card["default"])
    chosen = saved[0]["id"] if saved else NEW_CARD
    return ui.Form({"payment": chosen}, form.errors, problem=form.problem)


def at_the_choice(errors: Sequence[FieldError]) -> list[FieldError]:
    """
    Return *errors* pointing where the form has a field: what is wrong with a card is wrong with the choice.
    """
    return [
        replace(each, pointer="#/payment") if each.pointer.startswith("#/payment/") else each
        for each in errors
    ]


def return_url() -> str:
    """
    Return where the payment page leads back to.
    """
    return f"{settings().portal_url}/portal/payments/{{payment_id}}"


def _page(form: ui.Form, status: int = 200) -> ResponseReturnValue:
    quote, problem = quoted(basket())
    contents = basket()  # asked again: what was ordered unnoticed has left it
    ordered = problem.params["order_id"] if isinstance(problem, AlreadyOrdered) else contents.order_id
    if ordered:
        return redirect(f"/portal/orders/{ordered}", 303)
    if quote is None and not isinstance(problem, Unavailable):
        return redirect("/portal/basket", 303)
    return _review(contents, quote, form, status)


def _review(contents: Contents, quote: Quote | None, form: ui.Form, status: int) -> ResponseReturnValue:
    pays = portal_settings().accept_payment
    cards = told(lambda: upstreams().billing.payment_methods(caller())) if pays else []
    today, person = clock.today(partner().timezone), told(lambda: upstreams().customers.person(caller()))
    page = render_template(
        "portal/checkout.html",
        contents=contents,
        quote=quote or contents.quote,
        unsure=quote is None,
        pays=pays,
        options=pay_options(cards),
        key=f"{contents.id}.{contents.revision}",
        person=person,
        bound=_bound(contents, person) if person else [],
        form=pay_form(form, cards),
        terms=portal_settings().terms,
        starts_between=(today, today + AHEAD),
    )
    return page, status


def _bound(contents: Contents, person: Person) -> list[Product]:
    """
    Return the products of the basket that bind whoever orders them: what is agreed to is said before.
    """
    ids = [item.plan_id for item in contents.items]
    found = told(lambda: upstreams().catalog.availability(person, ids)) or []
    return [each for each in found if each["contract_months"] or each["cancellation_fee"]["amount"] != "0.00"]


def _refused(refusal: Refusal) -> ResponseReturnValue:
    if refusal.code in ALREADY_SENT:
        sent = told(_sent)
        if sent is not None:
            return redirect(result_url(sent), 303)
    if isinstance(refusal, Unavailable):
        again = Refusal(_("Nothing was charged twice. Try again."))
        return _page(ui.Form(request.form, problem=again), 503)
    return _page(ui.Form(request.form, problem=refusal), 409)


def _sent() -> Order | None:
    quote_id = request.form.get("quote_id", "")[:40]
    return order_of(database(), upstreams(), caller(), quote_id=quote_id, now=clock.now())


def _confirmed() -> Confirmation:
    return Confirmation(
        quote_id=request.form.get("quote_id", "")[:40],
        key=request.form.get("key", "")[:200],
        return_url=return_url(),
        preferred_start_on=_wished_start(),
        terms_version=request.form.get("terms_version", "")[:60] or None,
    )


def _paid() -> Confirmation:
    return replace(_confirmed(), payment=chosen_payment())


def _wished_start() -> str | None:
    typed = request.form.get("preferred_start_on", "").strip()
    try:
        return date.fromisoformat(typed).isoformat() if typed else None
    except ValueError:
        words = _("Enter a day such as 2026-12-01, or leave it empty.")
        raise Invalid(FieldError("#/preferred_start_on", "format", words)) from None


def _expiry(card: PaymentMethod) -> str:
    words: str = _("Expires %(month)02d/%(year)d", month=card["exp_month"], year=card["exp_year"])
    return words
