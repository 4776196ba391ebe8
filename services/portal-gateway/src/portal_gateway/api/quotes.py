"""Prices held for a while, and the ways to pay them."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from portal_gateway import queries
from portal_gateway.api import wire
from portal_gateway.api.caller import caller, now, subscriber, upstreams
from portal_gateway.api.config import order_modes
from portal_gateway.usecases.find_plan_changes import find_plan_changes
from portal_gateway.usecases.quote_basket import quote_basket
from portal_gateway.usecases.quote_cancellation import quote_cancellation
from portal_gateway.usecases.quote_pause import quote_pause
from portal_gateway.usecases.quote_plan_change import quote_plan_change
from shared.ui.bill_words import paid_with
from shared.web.guard import principal
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("quotes", __name__, url_prefix="/api/v1", description="What an act would cost")


NEEDED = {
    "order": (),
    "plan_change": ("service_id", "plan_id"),
    "pause": ("service_id", "start_on", "last_on"),
    "cancellation": ("service_id", "last_on"),
}
MAY = {"plan_change": ("start_on",)}
WORDS = {
    "plan_change": "Say which service changes to which plan.",
    "pause": "Say which service pauses from which day to which.",
    "cancellation": "Say which service ends, and its last day.",
}


class Wanted(Schema):
    """
    What to price: an order is made from the basket; a plan change names service, plan and day, if any; a
    pause its first and last day; a cancel the last day the service works.
    """

    kind = fields.String(required=True, validate=validate.OneOf(list(NEEDED)))
    service_id = fields.String(validate=validate.Length(1, 40))
    plan_id = fields.String(validate=validate.Length(1, 40))
    start_on = fields.Date()
    last_on = fields.Date()

    @validates_schema
    def _fits_its_kind(self, body: dict[str, Any], **_: Any) -> None:
        kind = body.get("kind", "")
        needed, may = NEEDED.get(kind, ()), MAY.get(kind, ())
        if kind == "order" and set(body) - {"kind"}:
            raise ValidationError("An order is made from the basket.", min(set(body) - {"kind"}))
        for name in needed:
            if name not in body:
                raise ValidationError(WORDS[kind], name)
        for name in sorted(set(body) - {"kind", *needed, *may}):
            raise ValidationError("This does not belong to a quote of this kind.", name)


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
    last_on = fields.String()
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
    Price the basket (while it and its prices stay, the same quote is answered), a change, a pause or an end.
    """
    if body["kind"] == "order":
        return quote_basket(database(), upstreams(), caller(), now=now())
    if body["kind"] == "pause":
        first_on, last_on = body["start_on"].isoformat(), body["last_on"].isoformat()
        return quote_pause(database(), upstreams(), caller(), body["service_id"], (first_on, last_on))
    if body["kind"] == "cancellation":
        last_on = body["last_on"].isoformat()
        return quote_cancellation(database(), upstreams(), caller(), body["service_id"], last_on)
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
