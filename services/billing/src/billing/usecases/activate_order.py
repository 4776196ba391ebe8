"""
A paid order becomes active: bill, money used for it, subscriptions, all in the caller's one transaction.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain import order as rules
from billing.domain.basket import BY_THE_DAY
from billing.domain.line import Code
from billing.domain.prepaid import month_of
from billing.models import Account, Invoice, Order, Payment, Subscription
from billing.usecases.allocate import allocate
from billing.usecases.grant_data import grant_included
from billing.usecases.issue_invoice import Charged, issue_invoice, tell_invoice
from billing.usecases.move_order import step, tell_order
from billing.usecases.open_subscriptions import activate, open_subscriptions
from billing.usecases.plan_next_bill import plan_next_bill
from shared import clock
from shared.periods import Period


def activate_order(
    session: Session, account: Account, order: Order, *, payment: Payment | None, now: datetime
) -> Invoice | None:
    """
    Take the order from paying over paid to active; its approval stays open for a person.

    The customer pays exactly the lines that were quoted. Subscriptions work from the day of payment; should
    that be a later day than the quote's, approval credits the days between.
    """
    old, today = order.status, clock.local_date(now, account.timezone)
    order.paid_at = now
    step(session, order, rules.Status.PAID, now=now)
    subscriptions = open_subscriptions(session, order, now=now)
    charged = charged_lines(order, subscriptions)
    invoice = issue_invoice(
        session,
        account,
        charged,
        order_id=order.id,
        issued_on=today,
        due_on=today,
        now=now,
    )
    if invoice and payment:
        allocate(session, account, source=payment, invoice=invoice, now=now)
        payment.invoice_id = invoice.id
    if invoice:
        tell_invoice(session, invoice)
    mark_charged(session, account, subscriptions, charged, now=now)
    for subscription in subscriptions:
        activate(session, subscription, starts_on=today)
    order.approval = rules.Approval.OPEN
    step(session, order, rules.Status.ACTIVE, now=now)
    plan_next_bill(session, account)
    tell_order(session, order, old=old)
    return invoice


def charged_lines(order: Order, subscriptions: list[Subscription]) -> list[Charged]:
    """
    Return the order's lines, each recurring one with the subscription it is for.
    """
    heads = {sub.plan_id: sub.id for sub in subscriptions if sub.bundle_id is None}
    return [
        Charged(
            line=line.line(),
            subscription_id=heads.get(line.plan_id) if line.code is Code.FIRST_PERIOD else None,
        )
        for line in order.lines
    ]


def mark_charged(
    session: Session,
    account: Account,
    subscriptions: list[Subscription],
    charged: list[Charged],
    *,
    now: datetime,
) -> None:
    """
    Move the cursor of each subscription to the first day that was not charged, and give the period's data.
    """
    periods = {item.subscription_id: item.line.period for item in charged}
    for subscription in subscriptions:
        period = periods.get(subscription.bundle_id or subscription.id)
        if period:
            subscription.charged_through, subscription.anchor_day = period.end, period.start.day
            grant_included(session, subscription, data_period(account, subscription, period), now=now)


def data_period(account: Account, subscription: Subscription, period: Period) -> Period:
    """
    Return how long the data lasts that comes with *period*: who pays by the day gets it for the month.
    """
    if account.billing_type != BY_THE_DAY:
        return period
    return month_of(account.billing_day, period.start, months=subscription.interval_months)
