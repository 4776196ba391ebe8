"""
Staff add a service for a customer: exactly what was quoted, confirmed at once.

It is an order that needs nobody else: placed, approved for the quoted day and billed by the account's
settings in one transaction, by the same use cases that serve the portal.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import Account, Order, Quote
from billing.usecases.approve_order import approve_order
from billing.usecases.place_order import STAFF, Request, place_order
from billing.usecases.write_audit import write_audit


def add_service(session: Session, *, customer_id: str, quote_id: str, now: datetime) -> Order:
    """
    Return the order of the added service, active or waiting for its day.

    :raises NotFound: if staff made no such quote for the customer
    :raises QuoteUsed: if it was added already
    :raises QuoteExpired: if the quote is older than 15 minutes
    :raises QuoteChanged: if the plan has changed since
    :raises ProductNotAvailable: if it is no longer sold
    :raises Invalid: if the day is not one of those allowed any more
    """
    order = place_order(
        session, customer_id=customer_id, quote_id=quote_id, how=Request(channel=STAFF), now=now
    )
    approve_order(session, order_id=order.id, starts_on=order.starts_on, partner_ids=None, now=now)
    account, quote = session.get_one(Account, customer_id), session.get_one(Quote, quote_id)
    details = {name: value for name, value in quote.details.items() if value}
    write_audit(session, account, action="service_added", target=order.id, now=now, **details)
    return order
