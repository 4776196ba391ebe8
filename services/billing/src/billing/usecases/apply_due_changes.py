"""
Clock work: booked changes whose moment has come are made, the earliest first, also after downtime.

Each change is its own transaction. Billing an account makes its due changes first, so that nothing is billed
on a plan that has ended.
"""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.change import ChangeStatus
from billing.models import Account, PlanChange
from billing.usecases.apply_plan_change import apply_plan_change
from billing.usecases.lock_account import lock_account
from shared import clock
from shared.db import Database
from shared.failpoint import failpoint

log = structlog.get_logger(__name__)


def apply_due_changes(db: Database, *, limit: int = 50) -> int:
    """
    Make up to *limit* changes that are due; return how many were looked at.

    One that cannot be made for a reason nobody foresaw stays booked, is logged, and is tried again next time.
    """
    with db.read() as session:
        due = session.execute(
            select(PlanChange.id, PlanChange.customer_id)
            .where(PlanChange.status == ChangeStatus.BOOKED, PlanChange.effective_at <= clock.now())
            .order_by(PlanChange.effective_at, PlanChange.id)
            .limit(limit)
        ).all()
    for change_id, customer_id in due:
        try:
            _apply(db, change_id, customer_id)
        except Exception:
            log.exception("plan_change_not_applied", change_id=change_id)
    return len(due)


def apply_due_changes_of(session: Session, account: Account, *, until: datetime) -> int:
    """
    Make every change of a locked *account* that is due at *until*, in order; return how many were looked at.
    """
    due = session.scalars(
        select(PlanChange)
        .where(
            PlanChange.customer_id == account.customer_id,
            PlanChange.status == ChangeStatus.BOOKED,
            PlanChange.effective_at <= until,
        )
        .order_by(PlanChange.effective_at, PlanChange.id)
    ).all()
    for change in due:
        apply_plan_change(session, account, change, now=until)
    return len(due)


def _apply(db: Database, change_id: str, customer_id: str) -> None:
    with db.begin() as session:
        account = lock_account(session, customer_id=customer_id)
        change = session.get_one(PlanChange, change_id)
        apply_plan_change(session, account, change, now=clock.now())
    failpoint("billing.apply_plan_change.after_commit")
