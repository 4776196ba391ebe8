"""Call a ticket solved."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.bus import outbox
from shared.contracts import tickets as facts
from tickets.domain import ticket as rules
from tickets.models import Ticket
from tickets.queries import Scope, ticket
from tickets.usecases.write_message import write_message


def close_ticket(
    session: Session, *, ticket_id: str, scope: Scope, by: rules.Author, author: str, now: datetime
) -> Ticket:
    """
    Resolve the ticket and tell it; closing twice closes once.

    :raises TicketNotFound: if there is none within *scope*
    """
    found = ticket(session, ticket_id, scope=scope, lock=True)
    if found.status is not rules.Status.RESOLVED:
        write_message(
            session, found, kind=rules.Message.NOTICE, by=by, author=author, body="Closed.", now=now
        )
        resolve(session, found, now=now)
    return found


def resolve(session: Session, found: Ticket, *, now: datetime) -> None:
    """
    Set a ticket that has its new version to resolved, and tell it.
    """
    found.status, found.closed_at = rules.Status.RESOLVED, now
    outbox.tell(
        session,
        facts.TicketClosed(
            ticket_id=found.id,
            number=found.number,
            customer_id=found.customer_id,
            partner_id=found.partner_id,
            version=found.version,
            subject_line=found.subject,
        ),
    )
