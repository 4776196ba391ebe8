"""The shapes of billing's JSON."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from billing.api.rest_schemas import CancellationSchema, PauseSchema
from shared.web.fields import Id, MoneyField, Said

URL = validate.And(validate.URL(schemes={"http", "https"}, require_tld=False), validate.Length(max=900))


class PaymentChoice(Schema):
    """
    A saved card, or ``{"source": "new_card"}``.
    """

    payment_method_id = Id("pm", load_default=None)
    source = fields.String(load_default=None, validate=validate.OneOf(["new_card"]))
    save_card = fields.Boolean(load_default=False)


class TermsSchema(Schema):
    """
    The terms of business a customer was shown and agreed to by ordering.
    """

    version = fields.String(required=True, validate=validate.Length(1, 60))
    url = fields.String(required=True, validate=validate.And(URL, validate.Length(1, 500)))


class OrderRequest(Schema):
    """
    A quote to be ordered, the day the customer would like to start, and the terms they were shown.
    """

    quote_id = Id("quo", required=True)
    mode = fields.String(load_default="payment", validate=validate.OneOf(["payment", "request"]))
    payment = fields.Nested(PaymentChoice, load_default=None, allow_none=True)
    channel = fields.String(load_default="tickets", validate=validate.OneOf(["tickets", "email"]))
    send_to = fields.Email(load_default=None, allow_none=True)
    return_url = fields.String(load_default=None, allow_none=True, validate=URL)
    preferred_start_on = fields.Date(load_default=None, allow_none=True)
    terms = fields.Nested(TermsSchema, load_default=None, allow_none=True)


class PaymentRequest(Schema):
    """
    What to pay: an order that failed, bills (an empty list: all that are open), or a payment to try again.
    """

    order_id = Id("ord", load_default=None)
    invoice_ids = fields.List(Id("inv"), load_default=None, validate=validate.Length(0, 100))
    retry_of = Id("pay", load_default=None)
    payment = fields.Nested(PaymentChoice, required=True)
    return_url = fields.String(required=True, validate=URL)

    @validates_schema
    def _one_target(self, body: dict[str, Any], **_: Any) -> None:
        if [body["order_id"], body["invoice_ids"], body["retry_of"]].count(None) != 2:
            raise ValidationError("Name an order, bills, or a payment to try again.", "invoice_ids")


class SetupRequest(Schema):
    """
    Where the browser goes after a card was saved.
    """

    return_url = fields.String(required=True, validate=URL)


class NextResult(Schema):
    """
    How the next payment is to end (sandbox only).
    """

    result = fields.String(required=True, validate=validate.Length(min=1, max=40))


class Wait(Schema):
    """
    How many seconds to wait for something that is about to move.
    """

    wait = fields.Integer(load_default=0, validate=validate.Range(0, 10))


class SpanSchema(Schema):
    """
    Days, the last one included.
    """

    from_on = fields.Date()
    to_on = fields.Date()


class Basis(Schema):
    """
    What an amount was computed from.
    """

    code = fields.String()
    quantity = fields.Integer()
    price = MoneyField()
    days = fields.Integer()
    nominal_days = fields.Integer()
    first_on = fields.Date()
    last_on = fields.Date()


class LineSchema(Schema):
    """
    A line with its reason.
    """

    code = fields.String()
    plan_id = fields.String()
    kind = fields.String()
    label = fields.String()
    explanation = fields.String()
    basis = fields.Nested(Basis)
    quantity = fields.Integer()
    period = fields.Nested(SpanSchema)
    amount = MoneyField()


class ThenSchema(Schema):
    """
    What follows.
    """

    amount = MoneyField()
    every = fields.String()
    from_on = fields.Date()


class ActionSchema(Schema):
    """
    What the customer has to do.
    """

    kind = fields.String()
    url = fields.String()


class FailureSchema(Schema):
    """
    Why it failed, in words.
    """

    code = fields.String()
    title = Said()
    detail = Said()


class RetryOptionSchema(Schema):
    """
    One way to try again.
    """

    label = Said()
    payment_method_id = fields.String()
    source = fields.String()


class RetrySchema(Schema):
    """
    Whether and how to try again.
    """

    allowed = fields.Boolean()
    until = fields.AwareDateTime()
    options = fields.List(fields.Nested(RetryOptionSchema))


class PaymentSchema(Schema):
    """
    A payment with what to do about it.
    """

    id = fields.String()
    order_id = fields.String()
    invoice_id = fields.String()
    invoice_ids = fields.List(fields.String())
    purpose = fields.String()
    status = fields.String()
    label = fields.String()
    amount = MoneyField()
    method_label = fields.String()
    action = fields.Nested(ActionSchema)
    failure = fields.Nested(FailureSchema)
    retry = fields.Nested(RetrySchema)
    created_at = fields.AwareDateTime()


class CreditSchema(Schema):
    """
    What came back for unused days.
    """

    amount = MoneyField()
    days = fields.Integer()


class StepSchema(Schema):
    """
    A station of the tracking page.
    """

    code = fields.String()
    label_key = fields.String()
    at = fields.AwareDateTime()
    state = fields.String()


class OrderSchema(Schema):
    """
    An order with all a page about it needs.
    """

    id = fields.String()
    number = fields.String()
    mode = fields.String()
    status = fields.String()
    approval = fields.String()
    channel = fields.String()
    ticket_id = fields.String()
    ticket_number = fields.String()
    total = MoneyField()
    then = fields.Nested(ThenSchema)
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    preferred_start_on = fields.Date()
    starts_on = fields.Date()
    terms = fields.Nested(TermsSchema)
    reason = fields.String()
    quote_id = fields.String()
    lines = fields.List(fields.Nested(LineSchema))
    payment = fields.Nested(PaymentSchema)
    credit = fields.Nested(CreditSchema)
    steps = fields.List(fields.Nested(StepSchema))


class HappeningSchema(Schema):
    """
    One line of an order's timeline.
    """

    at = fields.AwareDateTime()
    old = fields.String()
    new = fields.String()
    by = fields.String()
    reason = fields.String()


class MethodSchema(Schema):
    """
    A saved card.
    """

    id = fields.String()
    label = fields.String()
    brand = fields.String()
    last4 = fields.String()
    exp_month = fields.Integer()
    exp_year = fields.Integer()
    default = fields.Boolean()


class PendingChangeSchema(Schema):
    """
    A booked change of plan.
    """

    id = fields.String()
    to_plan_id = fields.String()
    to_plan_name = fields.String()
    price = MoneyField()
    every = fields.String()
    starts_on = fields.Date()
    undo_until = fields.AwareDateTime()


class FailedChangeSchema(Schema):
    """
    A booked change of plan that could not be made.
    """

    id = fields.String()
    to_plan_name = fields.String()
    effective_on = fields.Date()


class WaitingOfferSchema(Schema):
    """
    A change of plan that waits for the customer's consent.
    """

    id = fields.String()
    to_plan_name = fields.String()
    starts_on = fields.Date()
    expires_at = fields.AwareDateTime()


class SubscriptionSchema(Schema):
    """
    A plan the customer holds.
    """

    id = fields.String()
    plan_id = fields.String()
    name = fields.String()
    kind = fields.String()
    price = MoneyField()
    quantity = fields.Integer()
    interval_months = fields.Integer()
    status = fields.String()
    on_approve = fields.Boolean()
    activated_on = fields.Date()
    starts_on = fields.Date()
    ends_on = fields.Date()
    order_id = fields.String()
    bundle_id = fields.String()
    contract_ends_on = fields.Date()
    contract_renews = fields.Boolean()
    charged_through = fields.Date()
    parent_id = fields.String()
    pending_change = fields.Nested(PendingChangeSchema)
    failed_change = fields.Nested(FailedChangeSchema)
    pause = fields.Nested(PauseSchema)
    cancellation = fields.Nested(CancellationSchema)
    offer = fields.Nested(WaitingOfferSchema)


class MomentSchema(Schema):
    """
    Something that happened to a service, or (not *done*) will.
    """

    on = fields.Date()
    code = fields.String()
    done = fields.Boolean()
    name = fields.String()
    amount = MoneyField()
    before = MoneyField()
    last_on = fields.Date()
    order_id = fields.String()
    number = fields.Integer()


class NextInvoiceSchema(Schema):
    """
    The next bill, as things are.
    """

    on = fields.Date()
    amount = MoneyField()


class NextStepSchema(Schema):
    """
    What happens on a day if nobody pays: due, blocked or inactive.
    """

    on = fields.Date()
    code = fields.String()


class AccountSchema(Schema):
    """
    How the account stands.
    """

    balance = MoneyField()
    owed = MoneyField()
    due_on = fields.Date()
    currency = fields.String()
    invoices_due = fields.Integer()
    next_invoice = fields.Nested(NextInvoiceSchema)
    dunning = fields.String()
    next_steps = fields.List(fields.Nested(NextStepSchema))
