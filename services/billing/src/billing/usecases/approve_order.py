"""
A person confirms when an order really started (features 003-20 to 003-22).

Paid orders: the days between payment and start are credited automatically. Requests: the subscriptions become
active and are billed from the start on. A start that lies ahead leaves the subscriptions pending until then.
"""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import approval as rules
from billing.domain import order as order_rules
from billing.domain.subscription import CURRENT, Status
from billing.models import (
    Account,
    Order,
    Subscription,
)
from billing.queries.approval import start_bounds
from billing.usecases.bill_from_start import bill_from_start
from billing.usecases.credit_unused_days import credit_unused_days, plans_missed
from billing.usecases.lock_account import lock_account
from billing.usecases.move_order import move_order, tell_order
from billing.usecases.open_subscriptions import activate, change, replaced_on, subscriptions_of
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.post import tell_balance
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import FieldError, Invalid, NotFound
from shared.failpoint import failpoint
from shared.money import Money


def approve_order(
    session: Session,
    *,
    order_id: str,
    starts_on: date,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Order:
    """
    Confirm that the order starts on *starts_on* (a date in the partner's time zone).

    :raises NotFound: if there is no such order among *partner_ids* (None: all)
    :raises OrderMoved: if it does not wait for approval
    :raises Invalid: if *starts_on* is not one of the days ``start_bounds`` allows
    """
    order, account = lock_order(session, order_id, partner_ids)
    _check(order, account, starts_on, now=now)
    _check_replaced(session, order, starts_on)
    before = account.balance.minor
    order.approval = order_rules.Approval.DONE
    order.approved_at, order.confirmed_start_on = now, starts_on
    if order.mode is order_rules.Mode.REQUEST:
        _begin(session, account, order, starts_on, now=now)
    else:
        _correct(session, account, order, starts_on, now=now)
    plan_next_bill(session, account)
    _tell_approved(session, order, starts_on)
    write_audit(
        session,
        account,
        action="order_approved",
        target=order.id,
        now=now,
        starts_on=starts_on,
        credit=Money(order.credit_minor, order.currency),
    )
    tell_balance(session, account, before=before)
    session.flush()
    failpoint("billing.approve_order.before_commit")
    return order


def lock_order(session: Session, order_id: str, partner_ids: frozenset[str] | None) -> tuple[Order, Account]:
    """
    Return the order and its locked account.

    :raises NotFound: if there is no such order among *partner_ids* (None: all)
    """
    order = session.get(Order, order_id)
    if order is None or (partner_ids is not None and order.partner_id not in partner_ids):
        raise NotFound
    account = lock_account(session, customer_id=order.customer_id)
    session.refresh(order)
    return order, account


def _check(order: Order, account: Account, starts_on: date, *, now: datetime) -> None:
    if order.approval is not order_rules.Approval.OPEN:
        raise order_rules.OrderMoved(
            "Order %(number)s is %(state)s and does not wait for approval.",
            params=order_rules.standing(order.number, order.status),
        )
    earliest, latest = start_bounds(order, account, now=now)
    rules.check_start(starts_on, earliest=earliest, latest=latest)


def _check_replaced(session: Session, order: Order, starts_on: date) -> None:
    replaced = replaced_on(session, order.id)
    if replaced and starts_on > replaced:
        raise Invalid(FieldError("#/starts_on", "too_late", "The plan was changed before this day."))


def _begin(session: Session, account: Account, order: Order, starts_on: date, *, now: datetime) -> None:
    subscriptions = subscriptions_of(session, order.id)
    bill_from_start(session, account, order, subscriptions, starts_on=starts_on, now=now)
    if _start(session, account, subscriptions, starts_on, now=now):
        move_order(session, order, order_rules.Status.APPROVED, order_rules.Status.ACTIVE, now=now)
    else:
        move_order(session, order, order_rules.Status.APPROVED, now=now)


def _correct(session: Session, account: Account, order: Order, starts_on: date, *, now: datetime) -> None:
    old = order.status
    order.version += 1
    subscriptions = subscriptions_of(session, order.id)
    missed = plans_missed(subscriptions, starts_on=starts_on)
    credit_unused_days(session, account, order, starts_on=starts_on, now=now)
    if missed:
        bill_from_start(
            session, account, order, subscriptions, starts_on=starts_on, only_plans=missed, now=now
        )
    _confirm(session, order)
    current = [each for each in subscriptions if each.status in CURRENT and each.parent_id is None]
    if any(subscription.starts_on != starts_on for subscription in current):
        _start(session, account, current, starts_on, now=now)
    tell_order(session, order, old=old)


def _confirm(session: Session, order: Order) -> None:
    """
    Note on everything that came of the order that a person has confirmed it.
    """
    mine = Subscription.order_id == order.id
    for subscription in session.scalars(select(Subscription).where(mine, Subscription.on_approve)):
        subscription.on_approve = False


def _start(
    session: Session, account: Account, subscriptions: list[Subscription], starts_on: date, *, now: datetime
) -> bool:
    """
    Start the subscriptions, or have them wait for a day ahead; tell which.
    """
    ahead = starts_on > clock.local_date(now, account.timezone)
    for subscription in subscriptions:
        subscription.on_approve = False
        if subscription.short_since_on:
            continue  # it comes back when the credit pays for it, on that day
        if ahead:
            change(session, subscription, status=Status.PENDING, starts_on=starts_on)
        elif subscription.status is Status.ACTIVE:
            change(session, subscription, status=Status.ACTIVE, starts_on=starts_on)
        else:
            activate(session, subscription, starts_on=starts_on)
    return not ahead


def _tell_approved(session: Session, order: Order, starts_on: date) -> None:
    tell(
        session,
        facts.OrderApproved(
            order_id=order.id,
            number=order.number,
            customer_id=order.customer_id,
            partner_id=order.partner_id,
            version=order.version,
            starts_on=starts_on,
            credit=Money(order.credit_minor, order.currency) if order.credit_minor else None,
            credited_days=order.credited_days,
        ),
    )
