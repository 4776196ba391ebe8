"""Support cases."""

from typing import Any

from flask import request
from marshmallow import Schema, fields, validate

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, subscriber, upstreams
from portal_gateway.api.pages import Paged, Pages, asked, page
from shared.web.strict import Blueprint

blueprint = Blueprint("tickets", __name__, url_prefix="/api/v1", description="Support")


class TicketType(Schema):
    """
    What a case can be about.
    """

    id = fields.String()
    label = fields.String()


class TicketTypes(Schema):
    """
    What cases can be about.
    """

    items = fields.List(fields.Nested(TicketType))


class Message(Schema):
    """
    One message; *by* is customer, agent or system.
    """

    id = fields.String()
    by = fields.String()
    author = fields.String()
    body = fields.String()
    at = fields.String()


class Thread(wire.Ticket):
    """
    A case with its messages.
    """

    messages = fields.List(fields.Nested(Message))


class Tickets(Pages):
    """
    Newest first.
    """

    items = fields.List(fields.Nested(wire.Ticket))


class NewTicket(Schema):
    """
    A new case.
    """

    type = fields.String(load_default="question", validate=validate.Length(1, 40))
    subject = fields.String(required=True, validate=validate.Length(1, 150))
    message = fields.String(required=True, validate=validate.Length(1, 10_000))


class Reply(Schema):
    """
    What to add to the thread.
    """

    body = fields.String(required=True, validate=validate.Length(1, 10_000))


@blueprint.route("/ticket-types", methods=["GET"])
@subscriber
@blueprint.response(200, TicketTypes)
def get_types() -> dict[str, Any]:
    """
    List what a case can be about.
    """
    return {"items": upstreams().tickets.types(caller())}


@blueprint.route("/tickets", methods=["GET"])
@subscriber
@blueprint.arguments(Paged, location="query")
@blueprint.response(200, Tickets)
def get_tickets(query: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's cases.
    """
    return page(upstreams().tickets.tickets(caller(), **asked(query)), present.ticket)


@blueprint.route("/tickets", methods=["POST"])
@subscriber
@blueprint.arguments(NewTicket)
@blueprint.response(201, Thread)
def post_ticket(body: dict[str, str]) -> Any:
    """
    Open a case.
    """
    return present.ticket(upstreams().tickets.open(caller(), body=body, key=_key()))


@blueprint.route("/tickets/<ticket_id>", methods=["GET"])
@subscriber
@blueprint.response(200, Thread)
def get_ticket(ticket_id: str) -> Any:
    """
    Show a case with its messages.
    """
    return present.ticket(upstreams().tickets.ticket(caller(), ticket_id))


@blueprint.route("/tickets/<ticket_id>/messages", methods=["POST"])
@subscriber
@blueprint.arguments(Reply)
@blueprint.response(201, Thread)
def post_message(body: dict[str, str], ticket_id: str) -> Any:
    """
    Reply.
    """
    upstreams().tickets.reply(caller(), ticket_id, text=body["body"], key=_key())
    return _now(ticket_id)


@blueprint.route("/tickets/<ticket_id>/closures", methods=["POST"])
@subscriber
@blueprint.response(201, Thread)
def post_closure(ticket_id: str) -> Any:
    """
    Say that it is solved.
    """
    upstreams().tickets.close(caller(), ticket_id)
    return _now(ticket_id)


@blueprint.route("/tickets/<ticket_id>/reopenings", methods=["POST"])
@subscriber
@blueprint.response(201, Thread)
def post_reopening(ticket_id: str) -> Any:
    """
    Say that it is not solved after all.
    """
    upstreams().tickets.reopen(caller(), ticket_id)
    return _now(ticket_id)


def _now(ticket_id: str) -> Any:
    return present.ticket(upstreams().tickets.ticket(caller(), ticket_id))


def _key() -> str | None:
    return request.headers.get("Idempotency-Key")
