"""What was booked for accounts and is due: done before a bill or a step of late payment looks at them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.domain.change import ChangeStatus
from billing.domain.pause import OPEN
from billing.domain.subscription import Status
from billing.models import Account, Pause, PlanChange, Subscription
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
    starting = _locked(
        session,
        select(Subscription.customer_id).where(
            among(Subscription.customer_id, ids),
            Subscription.status == Status.PENDING,
            Subscription.on_approve.is_(False),
            Subscription.starts_on <= (now + FARTHEST).date(),
        ),
    )
    for account in starting:
        start_due_of(session, account, now=now)
    changing = _locked(
        session,
        select(PlanChange.customer_id).where(
            among(PlanChange.customer_id, ids),
            PlanChange.status == ChangeStatus.BOOKED,
            PlanChange.effective_at <= now,
        ),
    )
    for account in changing:
        apply_due_changes_of(session, account, until=now)
    open_pauses = select(Pause.customer_id).where(among(Pause.customer_id, ids), Pause.state.in_(OPEN))
    resting = _locked(session, open_pauses)
    for account in resting:
        work_pauses_of(session, account, now=now)
    session.flush()
    return bool(starting or changing or resting)


def _locked(session: Session, wanted: Select[tuple[str]]) -> list[Account]:
    found = session.scalars(wanted.distinct().order_by(wanted.selected_columns[0])).all()
    return [lock_account(session, customer_id=each) for each in found]
