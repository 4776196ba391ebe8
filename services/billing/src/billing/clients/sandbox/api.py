"""The provider's JSON API, for the merchant's servers; every call carries the API key."""

import hmac
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.clients.sandbox import charges, knobs
from billing.clients.sandbox.records import Card, Charge, Setup
from shared import clock
from shared.db import Database
from shared.errors import FieldError, Invalid, NotFound, NotSignedIn
from shared.ids import new_id

bp = Blueprint("sandbox_api", __name__, url_prefix="/v1")


@bp.before_request
def only_the_merchant() -> None:
    """
    Refuse calls without the merchant's API key.
    """
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), current_app.config["API_KEY"].encode()):
        raise NotSignedIn("Send the API key as a Bearer token.")
    with database().read() as session:
        delay = knobs.number(session, "delay")
    knobs.hang(delay)


@bp.post("/charges")
def charge() -> ResponseReturnValue:
    """
    Charge a saved card under the merchant's reference; asking again returns the same charge.
    """
    body = _body(reference=str, customer=str, amount=int, currency=str, card=str, return_url=str)
    with database().begin() as session:
        _card(session, body["card"], body["customer"])
        mood = knobs.take_mood(session)
        answer = None if mood.before else _paid(session, body, mood)
    if answer is None:
        knobs.hang(mood.before)
        with database().begin() as session:
            answer = _paid(session, body, mood)
    knobs.hang(mood.after)
    return answer, 201


@bp.get("/charges/<reference>")
def find(reference: str) -> ResponseReturnValue:
    """
    Return the charge of a reference; 404 means no money was ever asked for under it.
    """
    with database().read() as session:
        return _with_page(charges.view(session, _found(session, reference)))


@bp.post("/charges/<reference>/cancel")
def cancel(reference: str) -> ResponseReturnValue:
    """
    Stop an unfinished charge; the answer says whether it was too late.
    """
    with database().begin() as session:
        return _with_page(charges.view(session, charges.cancel(session, _found(session, reference))))


@bp.post("/checkouts")
def checkout() -> ResponseReturnValue:
    """
    Open a hosted page on which the customer pays with any card.
    """
    body = _body(reference=str, customer=str, amount=int, currency=str, return_url=str)
    with database().begin() as session:
        return _with_page(charges.view(session, _open(session, body))), 201


@bp.post("/setups")
def setup() -> ResponseReturnValue:
    """
    Open a hosted page on which the customer saves a card.
    """
    body = _body(customer=str, return_url=str)
    with database().begin() as session:
        made = Setup(
            id=new_id("seti"),
            customer_ref=body["customer"],
            return_url=body["return_url"],
            created_at=clock.real_now(),
        )
        session.add(made)
    return {"id": made.id, "url": f"{current_app.config['PUBLIC_URL']}/setup/{made.id}"}, 201


@bp.get("/cards")
def cards() -> ResponseReturnValue:
    """
    List the saved cards of one customer.
    """
    theirs = (
        select(Card).where(Card.customer_ref == request.args.get("customer", "")).order_by(Card.created_at)
    )
    with database().read() as session:
        return {"items": [_view(card) for card in session.scalars(theirs)]}


@bp.delete("/cards/<card_id>")
def forget(card_id: str) -> ResponseReturnValue:
    """
    Forget a saved card.
    """
    with database().begin() as session:
        card = _card(session, card_id, request.args.get("customer", ""))
        card.customer_ref = ""  # its charges still name it
    return "", 204


@bp.post("/refunds")
def refund() -> ResponseReturnValue:
    """
    Give money back, once per key.
    """
    body = _body(reference=str, amount=int, key=str)
    with database().begin() as session:
        made = charges.refund(session, reference=body["reference"], amount=body["amount"], key=body["key"])
        return {"id": made.id, "status": "succeeded", "amount": made.amount}, 201


@bp.put("/knobs")
def turn() -> ResponseReturnValue:
    """
    Tell the provider how to misbehave.
    """
    wanted = {str(name): str(value) for name, value in _json().items()}
    with database().begin() as session:
        return knobs.turn(session, wanted)


def database() -> Database:
    """
    Return the provider's own database.
    """
    db: Database = current_app.extensions["sandbox_db"]
    return db


def _found(session: Session, reference: str) -> Charge:
    charge = charges.find(session, reference)
    if charge is None:
        raise NotFound("There is no charge with this reference.")
    return charge


def _paid(session: Session, body: dict[str, Any], mood: knobs.Mood) -> dict[str, object]:
    card = _card(session, body["card"], body["customer"])
    paid = charges.pay(session, _open(session, body), card=card, forced=mood.result)
    return _with_page(charges.view(session, paid))


def _open(session: Session, body: dict[str, Any]) -> Charge:
    return charges.open_charge(
        session,
        reference=body["reference"],
        customer_ref=body["customer"],
        amount=body["amount"],
        currency=body["currency"],
        return_url=body["return_url"],
    )


def _with_page(view: dict[str, object]) -> dict[str, object]:
    page = {"open": "pay", "action_required": "confirm"}.get(str(view["status"]))
    return view | {"url": f"{current_app.config['PUBLIC_URL']}/{page}/{view['id']}" if page else None}


def _card(session: Session, card_id: str, customer_ref: str) -> Card:
    card = session.get(Card, card_id)
    if card is None or card.customer_ref != customer_ref:
        raise NotFound("There is no such card.")
    return card


def _view(card: Card) -> dict[str, object]:
    return {
        "id": card.id,
        "brand": card.brand,
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
    }


def _json() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Invalid(FieldError("#", "malformed", "Send a JSON object."))
    return body


def _body(**wanted: type) -> dict[str, Any]:
    body = _json()
    wrong = [name for name, kind in wanted.items() if type(body.get(name)) is not kind]
    if wrong:
        raise Invalid(*(FieldError(f"#/{name}", "required", f"Send {name}.") for name in wrong))
    return body
