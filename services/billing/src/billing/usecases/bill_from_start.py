"""
Bill the first period of an order from the day it really started; unpaid, due in the account's days.

Prepaid accounts have no such bill: their clock takes the period from the credit on the day it starts.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from billing.domain.basket import Calendar, lines_of
from billing.domain.line import Code, Line
from billing.models import Account, Order, OrderLine, PlanVersion, Subscription
from billing.queries.prepaid import is_prepaid
from billing.queries.settings import settings_of
from billing.usecases.activate_order import mark_charged
from billing.usecases.allocate import use_credit_as_set
from billing.usecases.collect_bills import collect_bills
from billing.usecases.issue_invoice import Charged, issue_invoice, tell_invoice
from shared import clock


def bill_from_start(
    session: Session,
    account: Account,
    order: Order,
    subscriptions: list[Subscription],
    *,
    starts_on: date,
    now: datetime,
    only_plans: frozenset[str] | None = None,
) -> None:
    """
    Bill the order's lines, or only the periods of *only_plans*, at the ordered prices; credit pays first,
    then the saved card where that is set.
    """
    today, settings = clock.local_date(now, account.timezone), settings_of(session, account)
    heads = {sub.plan_id: sub.id for sub in subscriptions if sub.bundle_id is None}
    charged = [
        Charged(
            line=_from(session, account, line, starts_on),
            subscription_id=heads.get(line.plan_id) if line.code is Code.FIRST_PERIOD else None,
        )
        for line in order.lines
        if only_plans is None or (line.code is Code.FIRST_PERIOD and line.plan_id in only_plans)
    ]
    if is_prepaid(account):
        charged = [item for item in charged if item.line.period is None]
        _wait_for_credit(subscriptions, starts_on, only_plans)
    mark_charged(session, account, subscriptions, charged, now=now)
    invoice = issue_invoice(
        session,
        account,
        charged,
        order_id=order.id,
        issued_on=today,
        due_on=today + timedelta(days=settings.due_days),
        now=now,
    )
    if invoice:
        use_credit_as_set(session, account, now=now)
        tell_invoice(session, invoice)
    if invoice and settings.charge_card:
        collect_bills(session, account, [invoice], now=now)


def _wait_for_credit(
    subscriptions: list[Subscription], starts_on: date, only_plans: frozenset[str] | None
) -> None:
    plans = {sub.id: sub.plan_id for sub in subscriptions}
    for subscription in subscriptions:
        if only_plans is None or plans[subscription.bundle_id or subscription.id] in only_plans:
            subscription.charged_through, subscription.anchor_day = starts_on, starts_on.day


def _from(session: Session, account: Account, line: OrderLine, starts_on: date) -> Line:
    if line.code is not Code.FIRST_PERIOD:
        return line.line()
    sold = session.get_one(PlanVersion, (line.plan_id, line.plan_version)).terms()
    terms = replace(sold, price=line.line().price, name=line.label)
    calendar = Calendar(billing_type=account.billing_type, billing_day=account.billing_day)
    return next(lines_of(terms, line.quantity, calendar=calendar, start=starts_on))
