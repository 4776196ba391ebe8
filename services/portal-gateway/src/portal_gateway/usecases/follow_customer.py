"""Keep our copy of a customer; an older version never overwrites a newer one."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal_gateway.models import CustomerCopy
from portal_gateway.usecases.sign_out import sign_out_everywhere
from shared.contracts import customers


def follow_customer(session: Session, fact: customers.CustomerChanged, *, now: datetime) -> None:
    """
    Remember a customer; one who was deleted is signed out at once. Blocked and Inactive ones stay: they come
    back by paying (rules.md 2.1).
    """
    row = session.get(CustomerCopy, fact.customer_id)
    if row and row.version >= fact.version:
        return
    row = row or CustomerCopy(customer_id=fact.customer_id)
    row.heard_at = now
    for name in ("partner_id", "version", "number", "full_name", "status", "billing_type", "language"):
        setattr(row, name, getattr(fact, name))
    row.has_email = bool(fact.emails)
    session.add(row)
    if fact.deleted:
        sign_out_everywhere(session, customer_id=fact.customer_id, now=now)
