"""Fill an empty sandbox with a few tickets in different states."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tickets.domain import ticket as rules
from tickets.models import Ticket
from tickets.queries import EVERYTHING
from tickets.usecases.add_note import add_note
from tickets.usecases.close_ticket import close_ticket
from tickets.usecases.open_ticket import Opening, open_ticket
from tickets.usecases.reply import reply

DEFAULT, NORTH = (f"par_{number:026}" for number in (1, 2))
ROBERT, ELENA, QUAY = (f"cus_{number:026}" for number in (1, 2, 5))
AGENT = "Sam Support"
US: dict[str, Any] = {"by": rules.Author.AGENT, "author": AGENT}
NOTE = "Line is fine at 312 Mbit/s, measured from here. Probably Wi-Fi."


def _asks(
    customer_id: str, partner_id: str, author: str, kind: rules.Type, words: tuple[str, str]
) -> Opening:
    return Opening(
        customer_id=customer_id,
        partner_id=partner_id,
        type=kind,
        source=rules.Source.PORTAL,
        subject=words[0],
        message=words[1],
        by=rules.Author.CUSTOMER,
        author=author,
    )


SLOW = _asks(
    ROBERT,
    DEFAULT,
    "Robert Myers",
    rules.Type.PROBLEM,
    ("Slow in the evening", "Between eight and ten my films stop every few minutes."),
)
BILL = _asks(
    ROBERT,
    DEFAULT,
    "Robert Myers",
    rules.Type.QUESTION,
    ("First bill", "Why is my first bill lower than the price of the plan?"),
)
TOP_UP = _asks(
    ELENA,
    DEFAULT,
    "Elena Costa",
    rules.Type.QUESTION,
    ("Top-up by card?", "Can I top up with a card from another country?"),
)
SECOND_LINE = _asks(
    QUAY,
    NORTH,
    "Quay Hotel",
    rules.Type.FEATURE_REQUEST,
    ("Second line for the bar", "We open a bar in May and need a second line there."),
)


def seed_demo(session: Session, *, now: datetime) -> None:
    """
    Open the demo tickets unless there are tickets already.
    """
    if session.scalar(select(func.count()).select_from(Ticket)):
        return
    slow = open_ticket(session, opening=SLOW, now=now - timedelta(hours=50))
    _answer(session, slow, "Thank you. Which device do you measure with?", now - timedelta(hours=47))
    add_note(
        session, ticket_id=slow.id, scope=EVERYTHING, author=AGENT, body=NOTE, now=now - timedelta(hours=46)
    )
    bill = open_ticket(session, opening=BILL, now=now - timedelta(hours=200))
    _answer(session, bill, "The first bill covers only part of the month.", now - timedelta(hours=190))
    _close(session, bill, now - timedelta(hours=180))
    open_ticket(session, opening=TOP_UP, now=now - timedelta(hours=5))
    open_ticket(session, opening=SECOND_LINE, now=now - timedelta(hours=26))


def _answer(session: Session, ticket: Ticket, body: str, at: datetime) -> None:
    reply(session, ticket_id=ticket.id, scope=EVERYTHING, body=body, now=at, **US)


def _close(session: Session, ticket: Ticket, at: datetime) -> None:
    close_ticket(session, ticket_id=ticket.id, scope=EVERYTHING, now=at, **US)
