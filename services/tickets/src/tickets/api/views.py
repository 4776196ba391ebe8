"""How tickets look to the subscriber; what is for agents only is not here."""

from datetime import date
from typing import Any

from flask_babel import gettext
from marshmallow import Schema, ValidationError, fields, pre_dump, validate, validates_schema

from tickets.domain import ticket as rules
from tickets.queries import KnownOrder, Message
from tickets.queries.words import subject_of, text_of

OWN = (
    "id",
    "number",
    "subject",
    "status",
    "type",
    "order_id",
    "subscription_id",
    "change_state",
    "created_at",
    "updated_at",
    "last_reply_by",
)


class TicketTypeView(Schema):
    """
    What a ticket may be about.
    """

    id = fields.String()
    label = fields.String()


class TicketTypes(Schema):
    """
    Everything a subscriber may ask about.
    """

    items = fields.List(fields.Nested(TicketTypeView))


class TicketView(Schema):
    """
    A ticket as the subscriber sees it: *label* is the status in their words.
    """

    id = fields.String()
    number = fields.Integer()
    subject = fields.Method("said_subject", metadata={"type": "string"})
    status = fields.String(attribute="status.value")
    label = fields.Method("customer_label", metadata={"type": "string"})
    type = fields.String(attribute="type.value")
    order_id = fields.String(allow_none=True)
    subscription_id = fields.String(allow_none=True)
    change_state = fields.String(attribute="change_state.value", allow_none=True, dump_default=None)
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    last_reply_by = fields.String(attribute="last_reply_by.value")

    def said_subject(self, ticket: Any) -> str:
        """
        Return the subject, in the subscriber's language where it is ours.
        """
        return str(ticket["subject"]) if isinstance(ticket, dict) else subject_of(ticket)

    def customer_label(self, ticket: Any) -> str:
        """
        Return the status in the subscriber's words and language.
        """
        status = ticket["status"] if isinstance(ticket, dict) else ticket.status
        return str(gettext(rules.CUSTOMER_LABELS[status]))


class MessageView(Schema):
    """
    Something both sides may read; *by* is customer, agent or system.
    """

    id = fields.String()
    by = fields.String(attribute="by.value")
    author = fields.String()
    body = fields.String()
    at = fields.AwareDateTime()


class ThreadView(TicketView):
    """
    A ticket with its public messages, oldest first.
    """

    messages = fields.List(fields.Nested(MessageView))

    @pre_dump
    def join(self, thread: dict[str, Any], **_: Any) -> dict[str, Any]:
        """
        Lay the ticket and its messages side by side.
        """
        ticket = thread["ticket"]
        own = {name: getattr(ticket, name) for name in OWN} | {"subject": subject_of(ticket)}
        return {**own, "messages": [_message(each, thread["order"]) for each in thread["messages"]]}


def _message(message: Message, order: KnownOrder | None) -> dict[str, Any]:
    own = {name: getattr(message, name) for name in ("id", "by", "author", "at")}
    return {**own, "body": text_of(message, order)}


class TicketPage(Schema):
    """
    Tickets, last touched first; *next* is the address of the page after this one.
    """

    items = fields.List(fields.Nested(TicketView))
    next = fields.String()


def a_day(text: str | None) -> None:
    """
    Refuse what is no ISO date.
    """
    try:
        date.fromisoformat(text or "2000-01-01")
    except ValueError as error:
        raise ValidationError("Enter a date such as 2026-12-01.") from error


class AmountView(Schema):
    """
    Money on the wire.
    """

    amount = fields.String(required=True, validate=validate.Regexp(r"-?[0-9]{1,15}(\.[0-9]{1,3})?\Z"))
    currency = fields.String(required=True, validate=validate.Regexp(r"[A-Z]{3}\Z"))


class WishLine(Schema):
    """
    One line of the price that was shown.
    """

    label = fields.String(required=True, validate=validate.Length(1, 300))
    explanation = fields.String(load_default="", validate=validate.Length(max=300))
    amount = fields.Nested(AmountView, required=True)


class Wish(Schema):
    """
    The plan a subscriber would like instead, with the price as it was shown; without a plan, just *another*.
    """

    subscription_id = fields.String(required=True, validate=validate.Length(1, 40))
    service = fields.String(required=True, validate=validate.Length(1, 200))
    plan_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))
    plan = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))
    start_on = fields.String(load_default=None, allow_none=True, validate=a_day)
    quote_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))
    lines = fields.List(fields.Nested(WishLine), load_default=list, validate=validate.Length(max=20))
    due_now = fields.Nested(AmountView, load_default=None, allow_none=True)


class NewTicket(Schema):
    """
    What a subscriber asks. One of type *plan_change* carries what is wanted, so its words may be missing.
    """

    type = fields.String(required=True, validate=validate.OneOf([*map(str, rules.ASKABLE), "plan_change"]))
    plan_change = fields.Nested(Wish, load_default=None, allow_none=True)
    subject = fields.String(load_default="")
    message = fields.String(load_default="")

    @validates_schema
    def _wish_where_due(self, body: dict[str, Any], **_: Any) -> None:
        if (body.get("type") == rules.Type.PLAN_CHANGE) != (body.get("plan_change") is not None):
            raise ValidationError("Say which service the plan change is for.", "plan_change")


class NewMessage(Schema):
    """
    What a subscriber answers.
    """

    body = fields.String(required=True)
