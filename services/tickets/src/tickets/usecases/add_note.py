"""Leave a note that only agents read."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.errors import Invalid
from tickets.domain import ticket as rules
from tickets.models import Message
from tickets.queries import Scope, ticket
from tickets.usecases.write_message import write_message


def add_note(
    session: Session, *, ticket_id: str, scope: Scope, author: str, body: str, now: datetime
) -> Message:
    """
    Write for agents only; the status stays and nothing is told.

    :raises TicketNotFound: if there is none within *scope*
    :raises Invalid: if the note is empty or too long
    """
    found = ticket(session, ticket_id, scope=scope, lock=True)
    wrong = rules.problems(message=body, field="body")
    if wrong:
        raise Invalid(*wrong)
    return write_message(
        session,
        found,
        kind=rules.Message.NOTE,
        by=rules.Author.AGENT,
        author=author,
        body=body.strip(),
        now=now,
    )
