"""Saved cards: list, add on the provider's page, choose the default, remove."""

from contextlib import suppress
from typing import Any

from marshmallow import Schema, fields

from billing.api.lists import page_schema
from billing.api.schemas import MethodSchema, SetupRequest
from billing.clients.provider import ProviderRefused, ProviderUnknown
from billing.queries.payments import MethodView, expects_new_method, methods_of
from billing.usecases.prefer_payment_method import prefer_payment_method
from billing.usecases.refresh_payment_methods import refresh_payment_methods
from billing.usecases.remove_payment_method import remove_payment_method
from billing.usecases.set_up_payment_method import set_up_payment_method
from shared import clock
from shared.web.access import customer_id, portal, principal
from shared.web.strict import Blueprint
from shared.web.wiring import database, wired

api = Blueprint("payment_methods", __name__, url_prefix="/api/v1")


@api.get("/payment-methods")
@portal
@api.response(200, page_schema(MethodSchema))
def browse() -> dict[str, Any]:
    """
    List the saved cards, the default first; looks at the provider while a new one is expected.
    """
    mine = customer_id()
    with database().read() as session:
        expected = expects_new_method(session, customer_id=mine)
    if expected:
        with suppress(ProviderUnknown, ProviderRefused):  # then the list shows what we know
            refresh_payment_methods(database(), wired().ports.provider, customer_id=mine)
    with database().read() as session:
        return {"items": methods_of(session, customer_id=mine)}


@api.post("/payment-methods/setup")
@portal
@api.arguments(SetupRequest)
@api.response(200, Schema.from_dict({"url": fields.String()}, name="SetupPage"))
def set_up(body: dict[str, Any]) -> dict[str, str]:
    """
    Return the provider's page where a card is saved.
    """
    url = set_up_payment_method(
        database(),
        wired().ports.provider,
        customer_id=customer_id(),
        partner_id=principal().partner_id or "",
        return_url=body["return_url"],
    )
    return {"url": url}


@api.post("/payment-methods/<method_id>/default")
@portal
@api.response(200, MethodSchema)
def prefer(method_id: str) -> MethodView:
    """
    Make a card the one that is charged when nobody chooses.
    """
    mine = customer_id()
    with database().begin() as session:
        prefer_payment_method(session, customer_id=mine, method_id=method_id, now=clock.now())
        session.flush()
        return methods_of(session, customer_id=mine)[0]


@api.delete("/payment-methods/<method_id>")
@portal
@api.response(204)
def remove(method_id: str) -> None:
    """
    Remove a saved card.
    """
    remove_payment_method(database(), wired().ports.provider, customer_id=customer_id(), method_id=method_id)
