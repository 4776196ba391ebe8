"""Open a ticket with its first message."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from shared.bus import outbox
from shared.contracts import tickets as facts
from shared.errors import Invalid
from shared.ids import new_id
from tickets.domain import ticket as rules
from tickets.models import Sequence, Ticket
from tickets.usecases.write_message import write_message

FIRST_NUMBER = 1


@dataclass(frozen=True, kw_only=True)
class Opening:
    """
    What somebody wants to say, and who; *plan_change* is the wish for another plan, as it was shown.

    Where we speak for them, *said* has subject and message by their codes.
    """

    customer_id: str
    partner_id: str
    type: rules.Type
    source: rules.Source
    subject: str
    message: str
    by: rules.Author
    author: str
    priority: rules.Priority = rules.Priority.MEDIUM
    order_id: str | None = None
    said: tuple[dict[str, Any] | None, dict[str, Any] | None] = (None, None)
    plan_change: dict[str, Any] | None = None


def open_ticket(session: Session, *, opening: Opening, now: datetime) -> Ticket:
    """
    Open the ticket under the next number and tell it.

    :raises Invalid: if subject or message are missing or too long
    """
    found = rules.problems(message=opening.message, subject=opening.subject)
    if found:
        raise Invalid(*found)
    ticket = _new(session, opening, now)
    session.add(ticket)
    session.flush()
    write_message(
        session,
        ticket,
        kind=rules.Message.REPLY,
        by=opening.by,
        author=opening.author,
        body=opening.message.strip(),
        said=opening.said[1],
        now=now,
    )
    outbox.tell(session, _opened(ticket))
    return ticket


def _new(session: Session, opening: Opening, now: datetime) -> Ticket:
    wish = opening.plan_change
    return Ticket(
        id=new_id("tkt"),
        number=_next_number(session),
        partner_id=opening.partner_id,
        customer_id=opening.customer_id,
        version=0,
        type=opening.type,
        priority=opening.priority,
        status=rules.Status.NEW,
        source=opening.source,
        subject=opening.subject.strip(),
        said=opening.said[0],
        order_id=opening.order_id,
        subscription_id=wish["subscription_id"] if wish else None,
        plan_change=wish,
        change_state=rules.ChangeState.ASKED if wish else None,
        assignee_id=None,
        assignee_name="",
        last_reply_by=opening.by,
        created_at=now,
        updated_at=now,
        closed_at=None,
    )


def _next_number(session: Session) -> int:
    # The row stays locked until the commit: two tickets never share a number, and none is skipped.
    number = session.scalar(
        update(Sequence)
        .where(Sequence.name == "ticket")
        .values(last=Sequence.last + 1)
        .returning(Sequence.last)
    )
    if number is None:
        session.add(Sequence(name="ticket", last=FIRST_NUMBER))
        return FIRST_NUMBER
    return number


def _opened(ticket: Ticket) -> facts.TicketOpened:
    return facts.TicketOpened(
        ticket_id=ticket.id,
        number=ticket.number,
        customer_id=ticket.customer_id,
        partner_id=ticket.partner_id,
        version=ticket.version,
        subject_line=ticket.subject,
        status=ticket.status.value,
        source=ticket.source.value,
        order_id=ticket.order_id,
        subscription_id=ticket.subscription_id,
    )
