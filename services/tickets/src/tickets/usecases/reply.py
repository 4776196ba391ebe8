"""Answer in a ticket, from either side."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.bus import outbox
from shared.contracts import tickets as facts
from shared.errors import Conflict, Invalid
from tickets.domain import ticket as rules
from tickets.models import Message, Ticket
from tickets.queries import Scope, messages, ticket
from tickets.usecases.write_message import write_message


class NewMessages(Conflict, code="new_messages", title="There is something new in this ticket"):
    """
    Somebody else wrote while this reply was being written; the writer should read it first.
    """


def reply(
    session: Session,
    *,
    ticket_id: str,
    scope: Scope,
    by: rules.Author,
    author: str,
    body: str,
    now: datetime,
    seen: int | None = None,
) -> Message:
    """
    Write for both sides to read; the ticket then waits on the other side.

    *seen* is the position of the last message the writer has read; None does not ask.

    :raises TicketNotFound: if there is none within *scope*
    :raises TicketClosed: if it is closed
    :raises NewMessages: if somebody else wrote after what the writer has seen
    :raises Invalid: if the message is empty or too long
    """
    found = ticket(session, ticket_id, scope=scope, lock=True)
    status = rules.after_reply(found.status, by)
    wrong = rules.problems(message=body, field="body")
    if wrong:
        raise Invalid(*wrong)
    if seen is not None:
        _refuse_unread(session, ticket_id, seen)
    message = write_message(
        session, found, kind=rules.Message.REPLY, by=by, author=author, body=body.strip(), now=now
    )
    found.status, found.last_reply_by = status, by
    outbox.tell(session, _answered(found))
    return message


def _refuse_unread(session: Session, ticket_id: str, seen: int) -> None:
    replies = (
        message
        for message in messages(session, ticket_id, public_only=True)
        if message.kind is rules.Message.REPLY
    )
    if any(message.position > seen for message in replies):
        raise NewMessages("Read what was written meanwhile, then send your reply again.")


def _answered(found: Ticket) -> facts.TicketAnswered:
    return facts.TicketAnswered(
        ticket_id=found.id,
        number=found.number,
        customer_id=found.customer_id,
        partner_id=found.partner_id,
        version=found.version,
        subject_line=found.subject,
        by=found.last_reply_by.value,
        status=found.status.value,
    )
