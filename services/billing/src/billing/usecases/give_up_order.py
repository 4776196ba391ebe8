"""
End an unpaid order, by the customer's wish or because its time is over.

The provider is told to stop first and its answer decides: money that was taken meanwhile makes the order
active instead. Should a call still cross ours, the late money is taken into the books and sent back.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.clients.provider import Outcome, OutcomeStatus, PaymentProvider, ProviderRefused, ProviderUnknown
from billing.domain import order as rules
from billing.domain import payment as payment_rules
from billing.domain.subscription import Status as SubscriptionStatus
from billing.models import Order, Payment
from billing.usecases.lock_account import lock_account
from billing.usecases.move_order import move_order
from billing.usecases.open_subscriptions import change, subscriptions_of
from billing.usecases.settle_payment import close, settle_payment, tell_failed
from billing.usecases.write_audit import write_audit


@dataclass(frozen=True, kw_only=True)
class Unfinished:
    """
    An order to be ended, and the payment the provider may know about.
    """

    order_id: str
    payment_id: str | None


def open_payment_of(session: Session, order_id: str) -> Payment | None:
    """
    Return the order's payment that is not finished.
    """
    return session.scalar(
        select(Payment).where(Payment.order_id == order_id, Payment.status.in_(payment_rules.OPEN))
    )


def unfinished(session: Session, order_id: str) -> Unfinished:
    """
    Return what has to be stopped for the order; a payment no worker took up needs no call.
    """
    payment = open_payment_of(session, order_id)
    called = payment is not None and payment.tries > 0
    return Unfinished(order_id=order_id, payment_id=payment.id if payment and called else None)


def stop(provider: PaymentProvider, found: Unfinished) -> Outcome | None:
    """
    Have the provider stop the payment; None when it never began.

    :raises ProviderUnknown: if the provider does not say
    """
    if found.payment_id is None:
        return None
    try:
        return provider.cancel(found.payment_id)
    except ProviderRefused as refused:
        raise ProviderUnknown(refused.code) from refused


def give_up_order(
    session: Session,
    found: Unfinished,
    outcome: Outcome | None,
    *,
    to: rules.Status,
    code: str,
    now: datetime,
) -> Order:
    """
    Move the order to *to*, its payment cancelled with *code*; or make it active if the money was taken.

    :raises OrderMoved: if the order has meanwhile gone where it cannot be ended
    """
    if found.payment_id and outcome and outcome.status is OutcomeStatus.SUCCEEDED:
        settle_payment(session, payment_id=found.payment_id, outcome=outcome, now=now)
        return session.get_one(Order, found.order_id)
    order = session.get_one(Order, found.order_id)
    account = lock_account(session, customer_id=order.customer_id)
    session.refresh(order)
    payment = open_payment_of(session, order.id)
    move_order(session, order, to, now=now)
    if payment:
        close(payment, payment_rules.Status.CANCELLED, now=now, code=code)
        tell_failed(session, payment)
    for subscription in subscriptions_of(session, order.id):
        change(session, subscription, status=SubscriptionStatus.DISABLED, starts_on=subscription.starts_on)
    order.approval = None
    write_audit(session, account, action=f"order_{to.value}", target=order.id, now=now)
    session.flush()
    return order
