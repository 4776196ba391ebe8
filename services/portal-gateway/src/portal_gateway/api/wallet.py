"""The balance of a prepaid customer: how long it lasts, what a top-up would do, and topping up."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from portal_gateway.api import wire
from portal_gateway.api.caller import caller, subscriber, upstreams
from portal_gateway.api.orders import PayWith
from portal_gateway.api.payment_methods import own_url, result_page
from portal_gateway.api.payments import answered
from portal_gateway.usecases.top_up import top_up
from shared.web.idempotency import reserved
from shared.web.strict import Blueprint

blueprint = Blueprint(
    "wallet", __name__, url_prefix="/api/v1", description="The balance of a prepaid customer"
)


class Sum(Schema):
    """
    How much, as a decimal string in the currency of the account.
    """

    amount = fields.String(required=True, validate=validate.Length(1, 30), metadata={"example": "20.00"})


class Preview(Schema):
    """
    What *amount* would do if it came now: *pays_owed* of it pays what is owed, *resumes* paused services come
    back, and the *balance* lasts until the end of *lasts_until_on* (*more*: beyond a year).
    """

    amount = fields.Nested(wire.Amount)
    pays_owed = fields.Nested(wire.Amount)
    balance = fields.Nested(wire.Amount)
    resumes = fields.Integer()
    days_left = fields.Integer(allow_none=True)
    lasts_until_on = fields.String(allow_none=True)
    more = fields.Boolean()


class NewTopUp(Schema):
    """
    How much, or which top-up that failed is tried again, and how it is paid.
    """

    amount = fields.Nested(wire.Amount)
    retry_of = fields.String(validate=validate.Length(1, 40))
    payment = fields.Nested(PayWith, required=True)
    return_url = fields.String(validate=validate.Length(1, 500))

    @validates_schema
    def _one_target(self, body: dict[str, Any], **_: Any) -> None:
        if ("amount" in body) == ("retry_of" in body):
            raise ValidationError("Say how much, or name a top-up to try again.", "amount")


@blueprint.route("/wallet", methods=["GET"])
@subscriber
@blueprint.response(200, wire.WalletNow)
def get_wallet() -> dict[str, Any]:
    """
    Tell a prepaid customer's balance and how long it lasts; 404 for those who pay bills.
    """
    return upstreams().billing.wallet(caller())


@blueprint.route("/wallet/top-up-preview", methods=["GET"])
@subscriber
@blueprint.arguments(Sum, location="query")
@blueprint.response(200, Preview)
def get_preview(query: dict[str, str]) -> dict[str, Any]:
    """
    Tell what topping up a sum would do: which day it lasts until, and whether paused services come back.
    """
    return upstreams().billing.top_ups.preview(caller(), query["amount"])


@blueprint.route("/top-ups", methods=["POST"])
@subscriber
@reserved()
@blueprint.arguments(NewTopUp)
@blueprint.response(201, wire.Payment)
@blueprint.alt_response(202, schema=wire.Payment)
def post_top_up(body: dict[str, Any]) -> ResponseReturnValue:
    """
    Top up the balance (Idempotency-Key required). A declined card is a failed payment, not an error.
    """
    made = top_up(
        upstreams(),
        caller(),
        target={name: body[name] for name in ("amount", "retry_of") if name in body},
        payment=body["payment"],
        return_url=own_url(body.get("return_url")) or result_page(),
        key=request.headers["Idempotency-Key"],
    )
    return answered(made)
