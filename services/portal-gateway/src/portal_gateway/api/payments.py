"""Payments: what was tried, and another try for an order whose payment failed."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, now, subscriber, upstreams
from portal_gateway.api.orders import ASK_AGAIN_SECONDS, PayWith
from portal_gateway.api.pages import Paged, Pages, asked, page
from portal_gateway.api.payment_methods import own_url, result_page
from portal_gateway.usecases.retry_payment import retry_payment
from shared.web.idempotency import reserved
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("payments", __name__, url_prefix="/api/v1", description="Payments")

DECIDED = frozenset({"succeeded", "failed", "cancelled", "refunded"})


class NewPayment(Schema):
    """
    Another try for an order.
    """

    order_id = fields.String(required=True, validate=validate.Length(1, 40))
    payment = fields.Nested(PayWith, required=True)
    return_url = fields.String(validate=validate.Length(1, 500))


class Payments(Pages):
    """
    Newest first.
    """

    items = fields.List(fields.Nested(wire.Payment))


@blueprint.route("/payments", methods=["POST"])
@subscriber
@reserved()
@blueprint.arguments(NewPayment)
@blueprint.response(201, wire.Payment)
@blueprint.alt_response(202, schema=wire.Payment)
def post_payment(body: dict[str, Any]) -> ResponseReturnValue:
    """
    Pay an order again (Idempotency-Key required). A declined card is a payment that failed, not an error.
    """
    made = retry_payment(
        database(),
        upstreams(),
        caller(),
        order_id=body["order_id"],
        payment=body["payment"],
        return_url=own_url(body.get("return_url")) or result_page(),
        key=request.headers["Idempotency-Key"],
        now=now(),
    )
    headers = {"Location": url_for("payments.get_payment", payment_id=made["id"])}
    if made["status"] in DECIDED:
        return present.payment(made), 201, headers
    return present.payment(made), 202, {**headers, "Retry-After": ASK_AGAIN_SECONDS}


@blueprint.route("/payments", methods=["GET"])
@subscriber
@blueprint.arguments(Paged, location="query")
@blueprint.response(200, Payments)
def get_payments(query: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's payments.
    """
    return page(upstreams().billing.payments(caller(), **asked(query)), present.payment)


@blueprint.route("/payments/<payment_id>", methods=["GET"])
@subscriber
@blueprint.response(200, wire.Payment)
def get_payment(payment_id: str) -> dict[str, Any]:
    """
    Tell how a payment went: Successful, Pending or Failed.
    """
    return present.payment(upstreams().billing.payment(caller(), payment_id))
