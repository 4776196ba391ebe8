"""Keep a copy of a customer, to show who writes."""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.contracts.customers import CustomerChanged
from tickets.models import KnownCustomer

NAME, ADDRESS = 200, 400  # what the columns hold


def learn_customer(session: Session, *, fact: CustomerChanged, now: datetime) -> None:
    """
    Remember what the fact says unless a newer version is known already.
    """
    known = session.get(KnownCustomer, fact.customer_id, with_for_update=True)
    if known is not None and known.version >= fact.version:
        return
    if known is None:
        known = KnownCustomer(id=fact.customer_id)
        session.add(known)
    known.partner_id, known.version, known.number = fact.partner_id, fact.version, fact.number
    known.full_name, known.login = fact.full_name[:NAME], fact.login[:NAME]
    known.language = fact.language
    known.status, known.category, known.billing_type = fact.status, fact.category, fact.billing_type
    known.emails, known.phones = list(fact.emails), list(fact.phones)
    lines = (fact.street, f"{fact.zip_code} {fact.city}".strip())
    known.address = ", ".join(line for line in lines if line)[:ADDRESS]
    known.deleted, known.heard_at = fact.deleted, now
