"""Shapes several resources share on the wire; what a shape does not name never leaves the house."""

from typing import Any

from marshmallow import Schema, fields, pre_dump

from shared.ui.bill_words import line_label, line_reason, paid_with
from shared.ui.language import language


class Amount(Schema):
    """
    Money: a decimal string and three capital letters.
    """

    amount = fields.String(required=True, metadata={"example": "18.33"})
    currency = fields.String(required=True, metadata={"example": "EUR"})


class Taxed(Schema):
    """
    What a document holds of one VAT rate, which is in percent; prices include VAT.
    """

    rate = fields.String(metadata={"example": "23"})
    net = fields.Nested(Amount)
    tax = fields.Nested(Amount)
    gross = fields.Nested(Amount)


class Span(Schema):
    """
    Days, both of them included.
    """

    from_on = fields.String()
    to_on = fields.String()


class Basis(Schema):
    """
    What a line was computed from, for those who say it in words of their own.
    """

    code = fields.String(metadata={"example": "part_period"})
    quantity = fields.Integer()
    price = fields.Nested(Amount)
    days = fields.Integer()
    nominal_days = fields.Integer()
    first_on = fields.String(allow_none=True)
    last_on = fields.String(allow_none=True)


class PaidWith(fields.String):
    """
    A card or another way to pay, in the caller's language.
    """

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else paid_with(value)


class Line(Schema):
    """
    One explained line of a quote or an order.
    """

    code = fields.String()
    plan_id = fields.String(allow_none=True)
    label = fields.String()
    explanation = fields.String()
    basis = fields.Nested(Basis)
    quantity = fields.Integer()
    period = fields.Nested(Span, allow_none=True)
    amount = fields.Nested(Amount)

    @pre_dump
    def say(self, line: dict[str, Any], **_: Any) -> dict[str, Any]:
        """
        Say the line in the caller's language; English is what billing computed it in.
        """
        if language() == "en":
            return line
        label = line_label(line["label"], line["code"])
        why = line_reason(line["basis"]) if line.get("basis") else line["explanation"]
        return {**line, "label": label, "explanation": why}


class Then(Schema):
    """
    What comes back every period, from a day on.
    """

    amount = fields.Nested(Amount)
    every = fields.String(metadata={"example": "P1M"})
    from_on = fields.String()


class Action(Schema):
    """
    What the customer has to do first.
    """

    kind = fields.String(metadata={"example": "redirect"})
    url = fields.String()


class Failure(Schema):
    """
    Why money was not taken.
    """

    code = fields.String()
    title = fields.String()
    detail = fields.String()


class Payment(Schema):
    """
    One try to pay; *label* is Successful, Pending or Failed.
    """

    id = fields.String()
    order_id = fields.String(allow_none=True)
    invoice_id = fields.String(allow_none=True)
    invoice_ids = fields.List(fields.String())
    purpose = fields.String(metadata={"enum": ["order", "bills", "account", "balance"]})
    status = fields.String()
    label = fields.String()
    amount = fields.Nested(Amount)
    method_label = PaidWith(allow_none=True)
    action = fields.Nested(Action, allow_none=True)
    failure = fields.Nested(Failure, allow_none=True)
    retry = fields.Raw(allow_none=True)
    created_at = fields.String()


class Step(Schema):
    """
    One step of an order: done, now, next or failed.
    """

    code = fields.String()
    label = fields.String()
    at = fields.String(allow_none=True)
    state = fields.String()


class Terms(Schema):
    """
    Terms of business: where they can be read, and which version they are.
    """

    version = fields.String(metadata={"example": "2026-11"})
    url = fields.String(metadata={"example": "https://example.com/terms"})


class Order(Schema):
    """
    An order and where it stands; *starts_on* is the day it was approved for, *preferred_start_on* the wish.
    """

    id = fields.String()
    number = fields.String()
    mode = fields.String()
    status = fields.String()
    label = fields.String()
    approval = fields.String(allow_none=True)
    channel = fields.String(allow_none=True)
    ticket_id = fields.String(allow_none=True)
    ticket_number = fields.String(allow_none=True)
    message = fields.String(allow_none=True)
    total = fields.Nested(Amount)
    then = fields.Nested(Then, allow_none=True)
    quote_id = fields.String()
    created_at = fields.String()
    expires_at = fields.String(allow_none=True)
    preferred_start_on = fields.String(allow_none=True)
    starts_on = fields.String(allow_none=True)
    terms = fields.Nested(Terms, allow_none=True)
    reason = fields.String(allow_none=True)
    lines = fields.List(fields.Nested(Line))
    payment = fields.Nested(Payment, allow_none=True)
    credit = fields.Raw(allow_none=True)


class PlanName(Schema):
    """
    A plan by name.
    """

    id = fields.String()
    name = fields.String()


class PendingChange(Schema):
    """
    A booked change of plan, which can be undone until its moment.
    """

    id = fields.String()
    to_plan_name = fields.String()
    price = fields.Nested(Amount)
    starts_on = fields.String()
    undo_until = fields.String(allow_none=True)


class FailedChange(Schema):
    """
    A booked change of plan that could not be made; the plan stayed and nothing was charged.
    """

    id = fields.String()
    to_plan_name = fields.String()
    effective_on = fields.String()


class WaitingOffer(Schema):
    """
    A change of plan that is offered and waits for the customer's consent.
    """

    id = fields.String()
    to_plan_name = fields.String()
    starts_on = fields.String()
    expires_at = fields.String()


class Upcoming(Schema):
    """
    What is taken from the wallet next.
    """

    on = fields.String()
    amount = fields.Nested(Amount)


class TopUpOffer(Schema):
    """
    How much may be topped up at once, sums to offer, and the payment of a top-up that is under way.
    """

    min = fields.Nested(Amount)
    max = fields.Nested(Amount)
    suggested = fields.List(fields.Nested(Amount))
    under_way = fields.String(allow_none=True)


class WalletNow(Schema):
    """
    The balance of a prepaid customer and how long it lasts; *days_left* counts today.
    """

    balance = fields.Nested(Amount)
    days_left = fields.Integer(allow_none=True)
    lasts_until_on = fields.String(allow_none=True)
    more = fields.Boolean()
    next_payment = fields.Nested(Upcoming, allow_none=True)
    needed = fields.Nested(Amount, allow_none=True)
    owed = fields.Nested(Amount)
    top_up = fields.Nested(TopUpOffer)


class Renewal(Schema):
    """
    What a prepaid service costs, how often, and when next (null while it is paused).
    """

    amount = fields.Nested(Amount)
    every = fields.String(metadata={"example": "P30D"})
    renews_on = fields.String(allow_none=True)
    paused = fields.Boolean()


class Lot(Schema):
    """
    Data of one origin: included, top_up or rollover; usable until the end of *expires_on* (null: for ever).
    """

    kind = fields.String()
    amount_mb = fields.Integer()
    left_mb = fields.Integer()
    expires_on = fields.String(allow_none=True)


class Data(Schema):
    """
    The data of a service as it is today; lots are used in this order.
    """

    total_mb = fields.Integer()
    left_mb = fields.Integer()
    used_mb = fields.Integer()
    lots = fields.List(fields.Nested(Lot))


class Rollover(Schema):
    """
    Data that goes along to another plan, usable until the end of *expires_on* (null: for ever).
    """

    amount_mb = fields.Integer()
    expires_on = fields.String(allow_none=True)


class Pause(Schema):
    """
    A pause of a service, *state* booked or running, until the end of *last_on* (null: no end yet).

    *billed*: its days are charged all the same. *message* is what we wrote about it. What the customer asked
    for can be undone until *undo_until*.
    """

    id = fields.String()
    state = fields.String()
    from_on = fields.String()
    last_on = fields.String(allow_none=True)
    billed = fields.Boolean()
    message = fields.String()
    undo_until = fields.String(allow_none=True)


class Cancellation(Schema):
    """
    An end the customer asked for: the service works until the end of *last_on*, and ending it costs *fee*.
    """

    id = fields.String()
    last_on = fields.String()
    fee = fields.Nested(Amount, allow_none=True)
    undo_until = fields.String(allow_none=True)


class Service(Schema):
    """
    What the customer has; *capabilities* are change_plan, pause and cancel, as far as it can be now.
    """

    id = fields.String()
    kind = fields.String()
    plan = fields.Nested(PlanName)
    price = fields.Nested(Amount)
    quantity = fields.Integer()
    interval_months = fields.Integer()
    status = fields.String()
    label = fields.String()
    on_approve = fields.Boolean()
    activated_on = fields.String(allow_none=True)
    starts_on = fields.String(allow_none=True)
    ends_on = fields.String(allow_none=True)
    contract_ends_on = fields.String(allow_none=True)
    contract_renews = fields.Boolean()
    order_id = fields.String(allow_none=True)
    bundle_id = fields.String(allow_none=True)
    renewal = fields.Nested(Renewal, allow_none=True)
    data = fields.Nested(Data, allow_none=True)
    pending_change = fields.Nested(PendingChange, allow_none=True)
    failed_change = fields.Nested(FailedChange, allow_none=True)
    pause = fields.Nested(Pause, allow_none=True)
    cancellation = fields.Nested(Cancellation, allow_none=True)
    capabilities = fields.List(fields.String(), metadata={"example": ["change_plan", "pause", "cancel"]})
    offer = fields.Nested(WaitingOffer, allow_none=True)


class NotNow(Schema):
    """
    Why it is not possible now.
    """

    code = fields.String()
    detail = fields.String()


class Ticket(Schema):
    """
    A support case.
    """

    id = fields.String()
    number = fields.String()
    subject = fields.String()
    status = fields.String()
    label = fields.String()
    type = fields.String()
    order_id = fields.String(allow_none=True)
    created_at = fields.String()
    updated_at = fields.String()
    last_reply_by = fields.String(allow_none=True)
