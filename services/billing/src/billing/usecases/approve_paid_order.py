"""Where the partner wants it, a paid order needs nobody to approve it."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import Account, Order
from billing.queries.approval import suggested_start
from billing.queries.settings import settings_of
from billing.usecases.approve_order import approve_order


def approve_paid_order(session: Session, account: Account, order: Order, *, now: datetime) -> None:
    """
    Approve the order that has just become active if the partner's paid orders are approved by themselves.

    It starts on the day the form would suggest to a person, so a later day the customer wished for credits
    the days before, as if somebody had pressed the button.
    """
    if not settings_of(session, account).approve_paid:
        return
    session.flush()
    start = suggested_start(order, account)
    approve_order(session, order_id=order.id, starts_on=start, partner_ids=None, now=now)
