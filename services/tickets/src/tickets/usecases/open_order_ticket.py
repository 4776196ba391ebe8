"""Open the one ticket in which an order request is handled."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shared.money import Money
from tickets.domain import order_text
from tickets.domain import ticket as rules
from tickets.models import KnownOrder, Ticket
from tickets.queries import of_order, order
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
    subject, message = _words(request, order(session, request.order_id))
    return Opening(
        customer_id=request.customer_id,
        partner_id=request.partner_id,
        type=rules.Type.ORDER,
        source=rules.Source.ORDER,
        subject=subject,
        message=message,
        by=rules.Author.CUSTOMER,
        author=find_author(session, request.customer_id),
        order_id=request.order_id,
    )


def _words(request: Request, known: KnownOrder | None) -> tuple[str, str]:
    if known is None or known.total is None:
        subject = request.subject.strip()[: rules.LONGEST_SUBJECT] or "Order"
        return subject, request.message.strip()[: rules.LONGEST_MESSAGE] or subject
    lines = [
        order_text.Line(
            name=item["name"],
            quantity=item["quantity"],
            amount=Money(item["amount_minor"], known.total.currency),
            explanation=item["explanation"],
        )
        for item in known.items
    ]
    text = order_text.body(lines, total=known.total, then=known.then)
    return order_text.subject(known.number, lines), text[: rules.LONGEST_MESSAGE]
