"""Write in the ticket of a wish for another plan what became of it, for both sides to read."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from shared.ui.language import translations
from tickets.domain.ticket import Author, ChangeState, Message
from tickets.models import KnownCustomer, Ticket
from tickets.usecases.write_message import write_message


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    What happened to the change *change_id*: where it stands, and the sentence (English, with placeholders).
    """

    change_id: str
    customer_id: str
    state: ChangeState
    said: str
    ticket_id: str | None = None


def follow_plan_change(session: Session, *, step: Step, values: dict[str, str], now: datetime) -> None:
    """
    Move the ticket's wish on and say so; nothing when no ticket asked for this change.
    """
    ticket = _ticket(session, step)
    if ticket is None or ticket.customer_id != step.customer_id:
        return
    ticket.change_state, ticket.change_id = step.state, step.change_id
    known = session.get(KnownCustomer, ticket.customer_id)
    text = translations(known.language if known else "en", "tickets").gettext(step.said) % values
    write_message(
        session, ticket, kind=Message.NOTICE, by=Author.SYSTEM, author="Ledgerline", body=text, now=now
    )


def _ticket(session: Session, step: Step) -> Ticket | None:
    if step.ticket_id:
        return session.get(Ticket, step.ticket_id, with_for_update=True)
    return session.scalar(select(Ticket).where(Ticket.change_id == step.change_id).with_for_update())
