"""Keep the status of every customer."""

from sqlalchemy.orm import Session

from billing.models import Customer
from shared.contracts import customers


def keep_status(session: Session, fact: customers.StatusChanged) -> None:
    """
    Store a customer's status.
    """
    copy = session.get(Customer, fact.customer_id, with_for_update=True)
    if copy and copy.version < fact.version:
        copy.version, copy.status = fact.version, fact.new
