"""The day has come: subscriptions approved for a later day begin to work."""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import order as order_rules
from billing.domain.dunning import Dunning
from billing.domain.subscription import Status
from billing.models import Account, Order, Subscription
from billing.queries.looks import last_day_of_service
from billing.usecases.lock_account import lock_account
from billing.usecases.move_order import move_order
from billing.usecases.open_subscriptions import activate, subscriptions_of
from billing.usecases.plan_next_bill import plan_next_bill
from shared import clock
from shared.db import Database

log = structlog.get_logger(__name__)


def start_subscriptions(db: Database) -> int:
    """
    Start what is due today in its partner's time zone; return how many orders were started.

    One that fails does not stop the others. What belongs to an inactive customer waits until they are back.
    """
    with db.read() as session:
        due = _due(session)
    return sum(_try(db, order_id) for order_id in due)


def _try(db: Database, order_id: str) -> bool:
    try:
        with db.begin() as session:
            return _start(session, order_id)
    except Exception:
        log.exception("start_failed", order_id=order_id)
        return False


def _due(session: Session) -> list[str]:
    rows = session.execute(
        select(Subscription.order_id, Subscription.starts_on, Account.timezone)
        .join(Account, Account.customer_id == Subscription.customer_id)
        .where(
            Subscription.status == Status.PENDING,
            Subscription.on_approve.is_(False),
            Account.dunning != Dunning.INACTIVE,
            Account.inactive_manually.is_(False),
        )
        .distinct()
    )
    return sorted({order_id for order_id, starts_on, zone in rows if starts_on <= clock.today(zone)})


def _start(session: Session, order_id: str) -> bool:
    order = session.get_one(Order, order_id)
    account = lock_account(session, customer_id=order.customer_id)
    return bool(start_due_of(session, account, only=order_id, now=clock.now()))


def start_due_of(session: Session, account: Account, *, only: str | None = None, now: datetime) -> int:
    """
    Start what is due of a locked *account*, up to the day it became inactive; return of how many orders.

    *only* names one order. What belongs to an inactive customer waits until they are back.
    """
    if account.inactive_manually or account.dunning is Dunning.INACTIVE:
        return 0
    due = select(Subscription.order_id).where(
        Subscription.customer_id == account.customer_id,
        Subscription.status == Status.PENDING,
        Subscription.on_approve.is_(False),
        Subscription.starts_on <= last_day_of_service(session, account, now=now),
    )
    wanted = Order.id.in_(due) if only is None else Order.id.in_(due) & (Order.id == only)
    orders = session.scalars(select(Order).where(wanted).order_by(Order.id)).all()
    for order in orders:
        session.refresh(order)
        _begin(session, order, now=now)
    if orders:
        plan_next_bill(session, account)
    return len(orders)


def _begin(session: Session, order: Order, *, now: datetime) -> None:
    for subscription in subscriptions_of(session, order.id):
        if subscription.status is Status.PENDING and not subscription.on_approve:
            activate(session, subscription, starts_on=subscription.starts_on)
    if order.status is order_rules.Status.APPROVED:
        move_order(session, order, order_rules.Status.ACTIVE, now=now)
