"""Open the one ticket in which an order request is handled."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from tickets.domain import order_text
from tickets.domain import ticket as rules
from tickets.models import KnownOrder, Ticket
from tickets.queries import of_order, order
from tickets.queries.words import order_lines
from tickets.usecases.find_author import find_author
from tickets.usecases.open_ticket import Opening, open_ticket


@dataclass(frozen=True, kw_only=True)
class Request:
    """
    Whose order it is, and what to say when the order itself was not heard of yet.
    """

    order_id: str
    customer_id: str
    partner_id: str
    subject: str = ""
    message: str = ""


def open_order_ticket(session: Session, *, request: Request, now: datetime) -> Ticket:
    """
    Return the ticket of the order, opened now if there was none: one order never has two.
    """
    existing = of_order(session, request.order_id)
    if existing is not None:
        return existing
    return open_ticket(session, opening=_opening(session, request), now=now)


def _opening(session: Session, request: Request) -> Opening:
    known = order(session, request.order_id)
    heard = known if known and known.total else None
    subject, message = _words(request, heard)
    return Opening(
        customer_id=request.customer_id,
        partner_id=request.partner_id,
        type=rules.Type.ORDER,
        source=rules.Source.ORDER,
        subject=subject,
        message=message,
        said=(_subject(heard).kept, {"code": order_text.LINES, "params": {}}) if heard else (None, None),
        by=rules.Author.CUSTOMER,
        author=find_author(session, request.customer_id),
        order_id=request.order_id,
    )


def _words(request: Request, heard: KnownOrder | None) -> tuple[str, str]:
    if heard is None:
        subject = request.subject.strip()[: rules.LONGEST_SUBJECT] or "Order"
        return subject, request.message.strip()[: rules.LONGEST_MESSAGE] or subject
    return str(_subject(heard).text), order_lines(heard)[: rules.LONGEST_MESSAGE]


def _subject(heard: KnownOrder) -> order_text.Notice:
    return order_text.subject(heard.number, [item["name"] for item in heard.items])
