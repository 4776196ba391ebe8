"""How tickets look to the subscriber; what is for agents only is not here."""

from typing import Any

from flask_babel import gettext
from marshmallow import Schema, fields, pre_dump, validate

from tickets.domain import ticket as rules

OWN = (
    "id",
    "number",
    "subject",
    "status",
    "type",
    "order_id",
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
    subject = fields.String()
    status = fields.String(attribute="status.value")
    label = fields.Method("customer_label", metadata={"type": "string"})
    type = fields.String(attribute="type.value")
    order_id = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    last_reply_by = fields.String(attribute="last_reply_by.value")

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
        own = {name: getattr(ticket, name) for name in OWN}
        return {**own, "messages": thread["messages"]}


class TicketPage(Schema):
    """
    Tickets, last touched first; *next* is the address of the page after this one.
    """

    items = fields.List(fields.Nested(TicketView))
    next = fields.String()


class NewTicket(Schema):
    """
    What a subscriber asks.
    """

    type = fields.String(required=True, validate=validate.OneOf([kind.value for kind in rules.ASKABLE]))
    subject = fields.String(required=True)
    message = fields.String(required=True)


class NewMessage(Schema):
    """
    What a subscriber answers.
    """

    body = fields.String(required=True)
