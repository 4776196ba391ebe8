"""Payments: what was tried, bills paid, and another try for an order whose payment failed."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, now, subscriber, upstreams
from portal_gateway.api.orders import ASK_AGAIN_SECONDS, PayWith
from portal_gateway.api.pages import Paged, Pages, asked, page
from portal_gateway.api.payment_methods import own_url, result_page
from portal_gateway.clients.billing import Payment
from portal_gateway.usecases.pay_bills import pay_bills
from portal_gateway.usecases.retry_payment import retry_payment
from portal_gateway.usecases.top_up import PURPOSE, top_up
from shared.web.idempotency import reserved
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("payments", __name__, url_prefix="/api/v1", description="Payments")

TARGETS = frozenset({"order_id", "invoice_ids", "retry_of"})
DECIDED = frozenset({"succeeded", "failed", "cancelled", "refunded"})


class NewPayment(Schema):
    """
    What to pay: bills (none named: all that are open), a payment that failed, or an order whose payment did.
    """

    order_id = fields.String(validate=validate.Length(1, 40))
    invoice_ids = fields.List(
        fields.String(validate=validate.Length(1, 40)), validate=validate.Length(0, 100)
    )
    retry_of = fields.String(validate=validate.Length(1, 40))
    payment = fields.Nested(PayWith, required=True)
    return_url = fields.String(validate=validate.Length(1, 500))

    @validates_schema
    def _one_target(self, body: dict[str, Any], **_: Any) -> None:
        if len(TARGETS & set(body)) != 1:
            raise ValidationError("Name bills, an order, or a payment to try again.", "invoice_ids")


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
    Pay bills, or try again (Idempotency-Key required). A declined card is a failed payment, not an error.
    """
    made = _made(
        body, own_url(body.get("return_url")) or result_page(), key=request.headers["Idempotency-Key"]
    )
    return answered(made)


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


def answered(made: Payment) -> ResponseReturnValue:
    """
    Answer a payment just made: 201 when it is decided, 202 while it is not.
    """
    headers = {"Location": url_for("payments.get_payment", payment_id=made["id"])}
    if made["status"] in DECIDED:
        return present.payment(made), 201, headers
    return present.payment(made), 202, {**headers, "Retry-After": ASK_AGAIN_SECONDS}


def _made(body: dict[str, Any], return_url: str, *, key: str) -> Payment:
    how, target = body["payment"], {name: body[name] for name in TARGETS & set(body)}
    failed = upstreams().billing.payment(caller(), body["retry_of"]) if "retry_of" in body else None
    order_id = failed["order_id"] if failed else body.get("order_id")
    if failed and failed["purpose"] == PURPOSE:
        return top_up(upstreams(), caller(), target=target, payment=how, return_url=return_url, key=key)
    if order_id is None:
        return pay_bills(upstreams(), caller(), target=target, payment=how, return_url=return_url, key=key)
    return retry_payment(
        database(),
        upstreams(),
        caller(),
        order_id=order_id,
        payment=how,
        return_url=return_url,
        key=key,
        now=now(),
    )
