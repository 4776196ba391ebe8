"""Orders: a quote confirmed, with a payment or as a request."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, now, subscriber, upstreams
from portal_gateway.api.pages import Paged, Pages, asked, page
from portal_gateway.api.payment_methods import own_url, result_page
from portal_gateway.clients.billing import Order
from portal_gateway.domain import outcome
from portal_gateway.usecases.order_as_request import order_as_request
from portal_gateway.usecases.order_with_payment import Confirmation, order_with_payment
from shared.web.idempotency import reserved
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("orders", __name__, url_prefix="/api/v1", description="Orders")

ASK_AGAIN_SECONDS = "2"


class PayWith(Schema):
    """
    Exactly one way to pay: a saved card, or ``{"source": "new_card"}`` for the provider's page.
    """

    payment_method_id = fields.String(validate=validate.Length(1, 40), metadata={"example": "pm_01J9"})
    source = fields.String(validate=validate.OneOf(["new_card"]))
    save_card = fields.Boolean()

    @validates_schema
    def _one_way(self, body: dict[str, str], **_: Any) -> None:
        if len({"payment_method_id", "source"} & set(body)) != 1:
            raise ValidationError("Choose how to pay.", "payment_method_id")


class NewOrder(Schema):
    """
    The quote to confirm, and how to pay it; with mode ``request`` it is confirmed by us and paid later.

    *preferred_start_on* is a wish (today to a year from now) that changes no price. *terms_version* is the
    version of the terms the customer was shown: needed where ``portal-config`` names terms.
    """

    quote_id = fields.String(required=True, validate=validate.Length(1, 40))
    mode = fields.String(load_default="payment", validate=validate.OneOf(["payment", "request"]))
    payment = fields.Nested(PayWith)
    return_url = fields.String(validate=validate.Length(1, 500))
    preferred_start_on = fields.Date(metadata={"example": "2026-12-01"})
    terms_version = fields.String(validate=validate.Length(1, 60), metadata={"example": "2026-11"})

    @validates_schema
    def _payment_where_due(self, body: dict[str, Any], **_: Any) -> None:
        if body.get("mode") == "payment" and "payment" not in body:
            raise ValidationError("Choose how to pay.", "payment")
        if body.get("mode") == "request" and "payment" in body:
            raise ValidationError("A request is not paid now.", "payment")


class Orders(Pages):
    """
    Newest first.
    """

    items = fields.List(fields.Nested(wire.Order))


class Timeline(Schema):
    """
    Every step, those to come included.
    """

    items = fields.List(fields.Nested(wire.Step))


@blueprint.route("/orders", methods=["POST"])
@subscriber
@reserved()
@blueprint.arguments(NewOrder)
@blueprint.response(201, wire.Order)
@blueprint.alt_response(202, schema=wire.Order)
def post_order(body: dict[str, Any]) -> ResponseReturnValue:
    """
    Confirm a quote (Idempotency-Key required). 201 when it is decided, 202 while the bank has not answered.
    """
    wish = body.get("preferred_start_on")
    confirmed = Confirmation(
        quote_id=body["quote_id"],
        key=request.headers["Idempotency-Key"],
        payment=body.get("payment"),
        return_url=own_url(body.get("return_url")) or result_page(),
        preferred_start_on=wish.isoformat() if wish else None,
        terms_version=body.get("terms_version"),
    )
    order = order_as_request if body["mode"] == "request" else order_with_payment
    return _answer(order(database(), upstreams(), caller(), confirmed, now=now()))


@blueprint.route("/orders", methods=["GET"])
@subscriber
@blueprint.arguments(Paged, location="query")
@blueprint.response(200, Orders)
def get_orders(query: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's orders.
    """
    return page(upstreams().billing.orders(caller(), **asked(query)), present.order)


@blueprint.route("/orders/<order_id>", methods=["GET"])
@subscriber
@blueprint.response(200, wire.Order)
def get_order(order_id: str) -> dict[str, Any]:
    """
    Tell where an order stands.
    """
    return present.order(upstreams().billing.order(caller(), order_id))


@blueprint.route("/orders/<order_id>/timeline", methods=["GET"])
@subscriber
@blueprint.response(200, Timeline)
def get_timeline(order_id: str) -> dict[str, Any]:
    """
    Tell how an order went and what comes next.
    """
    return {"items": present.steps(upstreams().billing.order(caller(), order_id))}


@blueprint.route("/orders/<order_id>", methods=["DELETE"])
@subscriber
@blueprint.response(200, wire.Order)
def delete_order(order_id: str) -> dict[str, Any]:
    """
    Take an unpaid order back.
    """
    return present.order(upstreams().billing.cancel_order(caller(), order_id))


def _answer(order: Order) -> ResponseReturnValue:
    decided = not outcome.is_running(order["status"]) and order["status"] != "action_required"
    headers = {"Location": url_for("orders.get_order", order_id=order["id"])}
    if not decided:
        headers["Retry-After"] = ASK_AGAIN_SECONDS
    return present.order(order), 201 if decided else 202, headers
