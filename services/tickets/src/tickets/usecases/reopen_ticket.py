"""Take a closed ticket up again."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.bus import outbox
from shared.contracts import tickets as facts
from tickets.domain import ticket as rules
from tickets.models import Ticket
from tickets.queries import Scope, ticket
from tickets.usecases.write_message import write_message


def reopen_ticket(
    session: Session, *, ticket_id: str, scope: Scope, by: rules.Author, author: str, now: datetime
) -> Ticket:
    """
    Put the ticket back to work within 14 days of its closing, and tell it.

    :raises TicketNotFound: if there is none within *scope*
    :raises TicketOpen: if it is not closed
    :raises TooLateToReopen: after 14 days
    """
    found = ticket(session, ticket_id, scope=scope, lock=True)
    found.status = rules.after_reopening(found.status, closed_at=found.closed_at, now=now)
    found.closed_at = None
    write_message(session, found, kind=rules.Message.NOTICE, by=by, author=author, body="Reopened.", now=now)
    tell_reopened(session, found, by=by)
    return found


def tell_reopened(session: Session, found: Ticket, *, by: rules.Author) -> None:
    """
    Tell that a ticket that has its new version and status is worked on again.
    """
    outbox.tell(
        session,
        facts.TicketReopened(
            ticket_id=found.id,
            number=found.number,
            customer_id=found.customer_id,
            partner_id=found.partner_id,
            version=found.version,
            subject_line=found.subject,
            by=by.value,
            status=found.status.value,
        ),
    )
