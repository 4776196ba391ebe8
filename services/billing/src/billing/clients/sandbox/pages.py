"""The provider's hosted pages: pay, confirm (3-D Secure), save a card. The merchant sees no card number."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from billing.clients.sandbox import charges, knobs, webhooks
from billing.clients.sandbox.api import database
from billing.clients.sandbox.cards import NUMBERS, read_card
from billing.clients.sandbox.records import Card, Charge, Setup
from shared import clock, ui
from shared.errors import FieldError, Invalid, NotFound
from shared.ids import new_id
from shared.money import Money

bp = Blueprint("sandbox_pages", __name__, template_folder="templates")

Work = Callable[[Session], ResponseReturnValue]


@bp.get("/pay/<charge_id>")
def pay(charge_id: str) -> ResponseReturnValue:
    """
    Show the page that takes a card for one charge; one that has an outcome leads back to the shop.
    """
    with database().read() as session:
        charge = _charge(session, charge_id)
        if charge.status != "open":
            return _back(charge.return_url, charge)
        return _card_page(amount=Money(charge.amount, charge.currency))


@bp.post("/pay/<charge_id>")
def take(charge_id: str) -> ResponseReturnValue:
    """
    Try the typed card, save it when asked to, and go on to 3-D Secure or back to the shop.
    """
    with database().read() as session:
        charge = _charge(session, charge_id)
    if request.form.get("cancel"):
        return _back(charge.return_url, charge)

    def pay_with_it(session: Session) -> ResponseReturnValue:
        charge = _charge(session, charge_id)
        owner = charge.customer_ref if request.form.get("save") else ""
        forced = knobs.take_mood(session).result
        charges.pay(session, charge, card=_keep(session, owner), forced=forced)
        if charge.status == "action_required":
            return redirect(f"/confirm/{charge.id}", 303)
        return _back(charge.return_url, charge)

    return _with_card(pay_with_it, amount=Money(charge.amount, charge.currency))


@bp.get("/confirm/<charge_id>")
def confirm(charge_id: str) -> ResponseReturnValue:
    """
    Ask the card holder, as a bank would.
    """
    with database().read() as session:
        charge = _charge(session, charge_id)
        if charge.status != "action_required":
            return _back(charge.return_url, charge)
        return render_template(
            "sandbox/confirm.html", amount=Money(charge.amount, charge.currency), form=ui.Form()
        )


@bp.post("/confirm/<charge_id>")
def answer(charge_id: str) -> ResponseReturnValue:
    """
    Record the card holder's answer and go back to the shop.
    """
    with database().begin() as session:
        charge = _charge(session, charge_id)
        charges.confirm(session, charge, agreed=request.form.get("answer") == "yes")
        return _back(charge.return_url, charge)


@bp.get("/setup/<setup_id>")
def save(setup_id: str) -> ResponseReturnValue:
    """
    Show the page that saves a card.
    """
    with database().read() as session:
        visit = _setup(session, setup_id)
        return _back(visit.return_url) if visit.card_id else _card_page(amount=None)


@bp.post("/setup/<setup_id>")
def keep(setup_id: str) -> ResponseReturnValue:
    """
    Save the typed card and go back to the shop.
    """
    with database().read() as session:
        visit = _setup(session, setup_id)
    if visit.card_id or request.form.get("cancel"):
        return _back(visit.return_url)

    def keep_it(session: Session) -> ResponseReturnValue:
        visit = _setup(session, setup_id)
        visit.card_id = _keep(session, visit.customer_ref).id
        return _back(visit.return_url)

    return _with_card(keep_it, amount=None)


def _with_card(
    work: Callable[[Session], ResponseReturnValue], *, amount: Money | None
) -> ResponseReturnValue:
    try:
        with database().begin() as session:
            return work(session)
    except Invalid as refusal:
        return _card_page(amount=amount, errors=refusal.errors, status=422)


def _card_page(
    *, amount: Money | None, errors: list[FieldError] | None = None, status: int = 200
) -> ResponseReturnValue:
    # The number and the code are never written back into the page.
    values = {name: request.form.get(name, "") for name in ("expiry", "save")}
    form = ui.Form(values, errors or ())
    page = render_template("sandbox/card.html", amount=amount, form=form, numbers=NUMBERS)
    return page, status


def _keep(session: Session, customer_ref: str) -> Card:
    form = request.form
    typed = read_card(number=form.get("number", ""), expiry=form.get("expiry", ""), cvc=form.get("cvc", ""))
    card = Card(
        id=new_id("card"),
        customer_ref=customer_ref,
        brand=typed.brand,
        last4=typed.last4,
        exp_month=typed.exp_month,
        exp_year=typed.exp_year,
        behaviour=typed.behaviour,
        created_at=clock.real_now(),
    )
    session.add(card)
    session.flush()
    if customer_ref:
        webhooks.queue(session, "method.saved", {"customer_ref": customer_ref})
    return card


def _charge(session: Session, charge_id: str) -> Charge:
    charge = session.get(Charge, charge_id)
    if charge is None:
        raise NotFound("This payment page does not exist.")
    return charge


def _setup(session: Session, setup_id: str) -> Setup:
    visit = session.get(Setup, setup_id)
    if visit is None:
        raise NotFound("This page does not exist.")
    return visit


def _back(return_url: str, charge: Charge | None = None) -> ResponseReturnValue:
    # What is said here is for people; the merchant asks the API or hears the webhook.
    mark = "&" if urlsplit(return_url).query else "?"
    return redirect(return_url + (mark + urlencode({"status": charge.status}) if charge else ""), 303)
