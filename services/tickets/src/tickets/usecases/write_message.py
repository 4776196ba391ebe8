"""Put one message at the end of a ticket; every verb that writes uses it."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.ids import new_id
from tickets.domain import ticket as rules
from tickets.models import Message, Ticket


def write_message(
    session: Session,
    ticket: Ticket,
    *,
    kind: rules.Message,
    by: rules.Author,
    author: str,
    body: str,
    now: datetime,
    said: dict[str, Any] | None = None,
) -> Message:
    """
    Add a message and give the ticket its next version; the ticket's status is the caller's business.
    """
    last = session.scalar(select(func.max(Message.position)).where(Message.ticket_id == ticket.id))
    message = Message(
        id=new_id("msg"),
        ticket_id=ticket.id,
        position=(last or 0) + 1,
        kind=kind,
        by=by,
        author=author,
        body=body,
        said=said,
        at=now,
    )
    session.add(message)
    ticket.version += 1
    ticket.updated_at = now
    return message
