"""Prices held for a while, and the ways to pay them."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from portal_gateway import queries
from portal_gateway.api import wire
from portal_gateway.api.caller import caller, now, subscriber, upstreams
from portal_gateway.api.config import order_modes
from portal_gateway.usecases.find_plan_changes import find_plan_changes
from portal_gateway.usecases.quote_basket import quote_basket
from portal_gateway.usecases.quote_plan_change import quote_plan_change
from shared.ui.bill_words import paid_with
from shared.web.guard import principal
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("quotes", __name__, url_prefix="/api/v1", description="What an act would cost")


class Wanted(Schema):
    """
    What to price: an order is made from the basket; a plan change names service, plan and day, if any.
    """

    kind = fields.String(required=True, validate=validate.OneOf(["order", "plan_change"]))
    service_id = fields.String(validate=validate.Length(1, 40))
    plan_id = fields.String(validate=validate.Length(1, 40))
    start_on = fields.Date()

    @validates_schema
    def _fits_its_kind(self, body: dict[str, Any], **_: Any) -> None:
        named = {"service_id", "plan_id", "start_on"} & set(body)
        if body.get("kind") == "order" and named:
            raise ValidationError("An order is made from the basket.", min(named))
        for name in ("service_id", "plan_id"):
            if body.get("kind") == "plan_change" and name not in body:
                raise ValidationError("Say which service changes to which plan.", name)


class Quote(Schema):
    """
    Explained lines that add up to *due_now*; confirming within the time charges exactly that.
    """

    id = fields.String()
    kind = fields.String()
    status = fields.String()
    expires_at = fields.String()
    lines = fields.List(fields.Nested(wire.Line))
    due_now = fields.Nested(wire.Amount)
    tax_included = fields.Nested(wire.Amount, allow_none=True)
    then = fields.Nested(wire.Then, allow_none=True)
    service_id = fields.String(attribute="subscription_id")
    plan_id = fields.String()
    start_on = fields.String()
    direction = fields.String()
    credit_to_balance = fields.Nested(wire.Amount, allow_none=True)
    added_to_next_bill = fields.Nested(wire.Amount, allow_none=True)
    next_invoice = fields.Raw(allow_none=True)
    undo_until = fields.String()
    rollover = fields.Nested(wire.Rollover, allow_none=True)


class PaymentOption(Schema):
    """
    One way to pay: send ``payment_method_id`` or ``source`` back as the order's ``payment``.
    """

    payment_method_id = fields.String()
    source = fields.String()
    label = fields.String()
    default = fields.Boolean()


class PaymentOptions(Schema):
    """
    How an order may be sent, and paid.
    """

    modes = fields.List(fields.String())
    methods = fields.List(fields.Nested(PaymentOption))


@blueprint.route("/quotes", methods=["POST"])
@subscriber
@blueprint.arguments(Wanted)
@blueprint.response(201, Quote)
def post_quote(body: dict[str, Any]) -> Any:
    """
    Price the basket, or a change of plan; while basket and prices stay, the same quote is answered.
    """
    if body["kind"] == "order":
        return quote_basket(database(), upstreams(), caller(), now=now())
    options = find_plan_changes(database(), upstreams(), caller(), service_id=body["service_id"])
    start_on = body["start_on"].isoformat() if "start_on" in body else None
    return quote_plan_change(upstreams(), caller(), options, plan_id=body["plan_id"], start_on=start_on)


@blueprint.route("/quotes/<quote_id>", methods=["GET"])
@subscriber
@blueprint.response(200, Quote)
def get_quote(quote_id: str) -> Any:
    """
    Show a quote again.
    """
    return upstreams().billing.quote(caller(), quote_id)


@blueprint.route("/payment-options", methods=["GET"])
@subscriber
@blueprint.response(200, PaymentOptions)
def get_payment_options() -> dict[str, Any]:
    """
    Tell how this customer may send and pay an order.
    """
    with database().read() as session:
        modes = order_modes(queries.effective_settings(session, principal().partner_id))
    if "payment" not in modes:
        return {"modes": modes, "methods": []}
    cards = [
        {"payment_method_id": card["id"], "label": paid_with(card["label"]), "default": card["default"]}
        for card in upstreams().billing.payment_methods(caller())
    ]
    return {"modes": modes, "methods": [*cards, {"source": "new_card", "label": paid_with("New card")}]}
