"""Name the subscriber who writes."""

from sqlalchemy.orm import Session

from tickets.queries import known_customer

SOMEBODY = "Customer"


def find_author(session: Session, customer_id: str) -> str:
    """
    Return the customer's name as we know it, or a neutral word while nothing was heard of them.
    """
    known = known_customer(session, customer_id)
    return known.full_name if known else SOMEBODY
