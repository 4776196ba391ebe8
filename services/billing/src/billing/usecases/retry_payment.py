"""A failed payment is tried again: a new payment for the same order, for seven days."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import order as order_rules
from billing.domain.payment import OrderNotPayable, retry_until
from billing.models import Order, Payment
from billing.queries.settings import settings_of
from billing.usecases.lock_account import lock_account
from billing.usecases.move_order import move_order
from billing.usecases.open_payment import PayBy, open_payment
from billing.usecases.write_audit import write_audit
from shared.errors import NotFound


def retry_payment(session: Session, *, customer_id: str, order_id: str, how: PayBy, now: datetime) -> Payment:
    """
    Begin another payment for a failed order.

    :raises NotFound: if the customer has no such order
    :raises OrderNotPayable: if it has not failed, or failed more than seven days ago
    :raises PaymentMethodRejected: if the card named cannot be used
    """
    order = session.get(Order, order_id)
    if order is None or order.customer_id != customer_id:
        raise NotFound
    account = lock_account(session, customer_id=customer_id)
    session.refresh(order)
    _check(order, now)
    last = session.scalar(
        select(Payment.id).where(Payment.order_id == order.id).order_by(Payment.created_at.desc()).limit(1)
    )
    order.expires_at = now + timedelta(hours=settings_of(session, account).unpaid_hours)
    move_order(session, order, order_rules.Status.PAYING, now=now)
    payment = open_payment(session, order, how, now=now, retry_of=last)
    write_audit(session, account, action="payment_retried", target=payment.id, now=now, order=order.id)
    return payment


def _check(order: Order, now: datetime) -> None:
    if order.status is not order_rules.Status.FAILED or order.failed_at is None:
        raise OrderNotPayable(order_rules.STANDS, params=order_rules.standing(order.number, order.status))
    if now > retry_until(order.failed_at):
        raise OrderNotPayable(
            "Order %(number)s could be paid for seven days. Order again.", params={"number": order.number}
        )
