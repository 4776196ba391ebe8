"""Remember which ticket an order request became."""

from sqlalchemy.orm import Session

from billing.models import Order
from shared.contracts import tickets


def note_ticket(session: Session, fact: tickets.TicketOpened) -> None:
    """
    Remember which ticket an order request became.
    """
    order = session.get(Order, fact.order_id) if fact.order_id else None
    if order and order.customer_id == fact.customer_id and order.ticket_id is None:
        order.ticket_id, order.ticket_number = fact.ticket_id, fact.number
