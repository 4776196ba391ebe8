"""Approve an order with the start its own form suggests, as one click on *Approve* would."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import Account, Order
from billing.queries.approval import suggested_start
from billing.usecases.approve_order import approve_order
from shared.errors import NotFound


def approve_as_suggested(session: Session, *, order_id: str, now: datetime) -> Order:
    """
    Confirm the order: from the day it was paid or wished for, a request at the earliest from today.

    :raises NotFound: if there is no such order
    :raises OrderMoved: if it does not wait for approval
    :raises Invalid: if it may not start on the suggested day any more
    """
    order = session.get(Order, order_id)
    if order is None:
        raise NotFound
    start = suggested_start(order, session.get(Account, order.customer_id))
    return approve_order(session, order_id=order_id, starts_on=start, partner_ids=None, now=now)
