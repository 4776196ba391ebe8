"""The shapes of quotes in billing's JSON."""

from typing import Any
from zoneinfo import available_timezones

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from billing.api.schemas import LineSchema, NextInvoiceSchema, ThenSchema
from shared.web.fields import Id, Integer, MoneyField

NEEDED = {
    "order": ("items", "billing_type"),
    "plan_change": ("subscription_id", "plan_id", "version", "start_on"),
    "pause": ("subscription_id", "start_on", "last_on", "limits"),
    "cancellation": ("subscription_id", "last_on", "limits"),
}


class QuoteItem(Schema):
    """
    So many of a plan, in the version the customer was shown.
    """

    plan_id = Id("plan", required=True)
    version = Integer(required=True)
    quantity = Integer(load_default=1)


class Limits(Schema):
    """
    What the partner allows; only pauses have the last two.
    """

    notice_days = Integer(required=True, validate=validate.Range(0, 366))
    longest_days = Integer(load_default=1, validate=validate.Range(1, 366))
    most_a_year = Integer(load_default=1, validate=validate.Range(1, 366))


class QuoteRequest(Schema):
    """
    A basket (``order``), ``plan_change``, ``pause`` or ``cancellation`` to be priced.
    """

    kind = fields.String(required=True, validate=validate.OneOf(list(NEEDED)))
    items = fields.List(fields.Nested(QuoteItem), validate=validate.Length(max=50))
    billing_type = fields.String(validate=validate.OneOf(["recurring", "prepaid", "prepaid_daily"]))
    timezone = fields.String(load_default="UTC", validate=validate.OneOf(available_timezones()))
    subscription_id = Id("sub")
    plan_id = Id("plan")
    version = Integer()
    start_on = fields.Date()
    last_on = fields.Date()
    limits = fields.Nested(Limits)

    @validates_schema
    def _complete(self, body: dict[str, Any], **_: Any) -> None:
        missing = [name for name in NEEDED.get(body.get("kind", ""), ()) if name not in body]
        if missing:
            raise ValidationError({name: ["Missing data for required field."] for name in missing})


class RolloverSchema(Schema):
    """
    Data that goes along to the new plan, until the end of *expires_on* (null: for ever).
    """

    amount_mb = fields.Integer()
    expires_on = fields.Date()


class QuoteSchema(Schema):
    """
    A held price.
    """

    id = fields.String()
    kind = fields.String()
    status = fields.String()
    order_id = fields.String()
    expires_at = fields.AwareDateTime()
    lines = fields.List(fields.Nested(LineSchema))
    due_now = MoneyField()
    tax_included = MoneyField()
    then = fields.Nested(ThenSchema)
    subscription_id = fields.String()
    plan_id = fields.String()
    plan_name = fields.String()
    start_on = fields.Date()
    last_on = fields.Date()
    direction = fields.String()
    credit_to_balance = MoneyField()
    added_to_next_bill = MoneyField()
    next_invoice = fields.Nested(NextInvoiceSchema)
    undo_until = fields.AwareDateTime()
    rollover = fields.Nested(RolloverSchema)
