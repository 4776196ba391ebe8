"""What was booked for accounts and is due: done before a bill or a step of late payment looks at them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.change import ChangeStatus
from billing.domain.dunning import Dunning
from billing.domain.pause import OPEN
from billing.domain.subscription import Status
from billing.models import Pause, PlanChange, Subscription
from billing.usecases.apply_due_changes import apply_due_changes_of
from billing.usecases.lock_account import lock_account
from billing.usecases.start_subscriptions import start_due_of
from billing.usecases.walk_due_accounts import FARTHEST
from billing.usecases.work_pauses import work_pauses_of
from shared.bulk import among


def catch_up_accounts(session: Session, customer_ids: Iterable[str], *, now: datetime) -> bool:
    """
    Start services, change plans, and begin and end pauses that are due; tell whether there may have been any.
    """
    ids = list(customer_ids)
    started = _start(session, ids, now=now)
    return started | _change_plans(session, ids, now=now) | _work_pauses(session, ids, now=now)


def _start(session: Session, customer_ids: list[str], *, now: datetime) -> bool:
    due = session.scalars(
        select(Subscription.customer_id)
        .where(
            among(Subscription.customer_id, customer_ids),
            Subscription.status == Status.PENDING,
            Subscription.on_approve.is_(False),
            Subscription.starts_on <= (now + FARTHEST).date(),
        )
        .distinct()
        .order_by(Subscription.customer_id)
    ).all()
    for customer_id in due:
        account = lock_account(session, customer_id=customer_id)
        if not account.inactive_manually and account.dunning is not Dunning.INACTIVE:
            start_due_of(session, account, now=now)
    session.flush()
    return bool(due)


def _change_plans(session: Session, customer_ids: list[str], *, now: datetime) -> bool:
    due = session.scalars(
        select(PlanChange.customer_id)
        .where(
            among(PlanChange.customer_id, customer_ids),
            PlanChange.status == ChangeStatus.BOOKED,
            PlanChange.effective_at <= now,
        )
        .distinct()
        .order_by(PlanChange.customer_id)
    ).all()
    for customer_id in due:
        account = lock_account(session, customer_id=customer_id)
        apply_due_changes_of(session, account, until=now)
    session.flush()
    return bool(due)


def _work_pauses(session: Session, customer_ids: list[str], *, now: datetime) -> bool:
    open_ones = (
        select(Pause.customer_id)
        .where(among(Pause.customer_id, customer_ids), Pause.state.in_(OPEN))
        .distinct()
        .order_by(Pause.customer_id)
    )
    accounts = [lock_account(session, customer_id=each) for each in session.scalars(open_ones).all()]
    for account in accounts:
        work_pauses_of(session, account, now=now)
    session.flush()
    return bool(accounts)
