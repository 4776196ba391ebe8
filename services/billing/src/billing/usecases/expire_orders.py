"""
End what nobody paid or confirmed in time, by the partner's settings.

Where the customer had to act at the bank, 30 minutes are all there is.
"""

from datetime import timedelta

import structlog
from sqlalchemy import Exists, exists, select

from billing.clients.provider import PaymentProvider, ProviderUnknown
from billing.domain import order as rules
from billing.models import Order, Payment
from billing.usecases.give_up_order import Unfinished, give_up_order, stop, unfinished
from shared import clock
from shared.db import Database

log = structlog.get_logger(__name__)

ASK_AGAIN = timedelta(minutes=1)


def expire_orders(db: Database, provider: PaymentProvider, *, limit: int = 50) -> int:
    """
    Expire orders whose time is over; return how many were looked at.

    An order whose payment the provider cannot tell about stays open and is looked at again in a minute: its
    money may have been taken.
    """
    with db.read() as session:
        overdue = session.scalars(
            select(Order.id)
            .where(Order.status.in_(rules.EXPIRING), Order.expires_at <= clock.now(), ~_parked())
            .order_by(Order.expires_at)
            .limit(limit)
        ).all()
        found = [unfinished(session, order_id) for order_id in overdue]
    for item in found:
        _expire(db, provider, item)
    return len(found)


def _parked() -> Exists:
    return exists().where(
        Payment.order_id == Order.id, Payment.parked.is_not(None), Payment.decision.is_(None)
    )


def _expire(db: Database, provider: PaymentProvider, item: Unfinished) -> None:
    try:
        outcome = stop(provider, item)
    except ProviderUnknown as unknown:
        log.warning("expiry_waits", order_id=item.order_id, why=str(unknown))
        with db.begin() as session:
            order = session.get_one(Order, item.order_id)
            order.expires_at = clock.now() + ASK_AGAIN
        return
    with db.begin() as session:
        give_up_order(session, item, outcome, to=rules.Status.EXPIRED, code="abandoned", now=clock.now())
