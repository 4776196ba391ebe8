"""The subscriber's own tickets: read, ask, answer, close, reopen."""

from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from shared import clock
from shared.ui.language import translations
from shared.web.access import customer_id, portal, principal
from shared.web.app import database
from shared.web.fields import Page, after, page
from shared.web.idempotency import idempotent, transaction
from shared.web.strict import Blueprint
from tickets import queries
from tickets.api import views
from tickets.domain import place, wish_text
from tickets.domain import ticket as rules
from tickets.queries import Scope
from tickets.usecases.close_ticket import close_ticket
from tickets.usecases.find_author import find_author
from tickets.usecases.open_ticket import Opening, open_ticket
from tickets.usecases.reopen_ticket import reopen_ticket
from tickets.usecases.reply import reply

blueprint = Blueprint("tickets", __name__, url_prefix="/api/v1", description="The subscriber's tickets")


@blueprint.get("/ticket-types")
@portal
@blueprint.response(200, views.TicketTypes)
def ticket_types() -> dict[str, Any]:
    """
    List what a ticket may be about.
    """
    return {
        "items": [{"id": kind.value, "label": gettext(rules.TYPE_LABELS[kind])} for kind in rules.ASKABLE]
    }


@blueprint.get("/tickets")
@portal
@blueprint.arguments(Page, location="query")
@blueprint.response(200, views.TicketPage)
def list_tickets(query: dict[str, Any]) -> dict[str, Any]:
    """
    List the subscriber's tickets, last touched first.
    """
    mine, start = customer_id(), place.read(after(query["cursor"]))
    with database().read() as session:
        tickets = queries.own_tickets(session, customer_id=mine, after=start, limit=query["limit"] + 1)
    return page(tickets, limit=query["limit"], key=lambda row: place.written(row.updated_at, row.id))


@blueprint.post("/tickets")
@portal
@idempotent(required=False)
@blueprint.arguments(views.NewTicket)
@blueprint.response(201, views.ThreadView)
def ask(asked: dict[str, Any]) -> dict[str, Any]:
    """
    Open a ticket.
    """
    with transaction() as session:
        opened = open_ticket(session, opening=_opening(session, asked), now=clock.now())
        return _thread(session, opened.id)


@blueprint.get("/tickets/<ticket_id>")
@portal
@blueprint.response(200, views.ThreadView)
def read_ticket(ticket_id: str) -> dict[str, Any]:
    """
    Read one ticket with its messages.
    """
    with database().read() as session:
        return _thread(session, ticket_id)


@blueprint.post("/tickets/<ticket_id>/messages")
@portal
@idempotent(required=False)
@blueprint.arguments(views.NewMessage)
@blueprint.response(201, views.ThreadView)
def answer(asked: dict[str, Any], ticket_id: str) -> dict[str, Any]:
    """
    Answer in a ticket.
    """
    with transaction() as session:
        reply(session, ticket_id=ticket_id, scope=_own(), body=asked["body"], now=clock.now(), **_me(session))
        return _thread(session, ticket_id)


@blueprint.post("/tickets/<ticket_id>/closures")
@portal
@idempotent(required=False)
@blueprint.response(201, views.ThreadView)
def close(ticket_id: str) -> dict[str, Any]:
    """
    Close a ticket; closing it twice closes it once.
    """
    with transaction() as session:
        close_ticket(session, ticket_id=ticket_id, scope=_own(), now=clock.now(), **_me(session))
        return _thread(session, ticket_id)


@blueprint.post("/tickets/<ticket_id>/reopenings")
@portal
@idempotent(required=False)
@blueprint.response(201, views.ThreadView)
def reopen(ticket_id: str) -> dict[str, Any]:
    """
    Reopen a ticket within 14 days of its closing.
    """
    with transaction() as session:
        reopen_ticket(session, ticket_id=ticket_id, scope=_own(), now=clock.now(), **_me(session))
        return _thread(session, ticket_id)


def _own() -> Scope:
    return Scope(customer_id=customer_id())


def _me(session: Session) -> dict[str, Any]:
    return {"by": rules.Author.CUSTOMER, "author": find_author(session, customer_id())}


def _opening(session: Session, asked: dict[str, Any]) -> Opening:
    wish = asked["plan_change"]
    subject, message = _wish_words(session, wish, asked["message"]) if wish else (None, asked["message"])
    return Opening(
        customer_id=customer_id(),
        partner_id=principal().partner_id or "",
        type=rules.Type(asked["type"]),
        source=rules.Source.PORTAL,
        subject=subject or asked["subject"],
        message=message,
        plan_change=asked["plan_change"],
        **_me(session),
    )


def _wish_words(session: Session, wish: dict[str, Any], said: str) -> tuple[str, str]:
    known = queries.known_customer(session, customer_id())
    say = translations(known.language if known else "en", "tickets").gettext
    return wish_text.subject(wish, say), wish_text.message(wish, said, say)


def _thread(session: Session, ticket_id: str) -> dict[str, Any]:
    found = queries.ticket(session, ticket_id, scope=_own())
    order = queries.order(session, found.order_id)
    messages = queries.messages(session, ticket_id, public_only=True)
    return {"ticket": found, "messages": messages, "order": order}
