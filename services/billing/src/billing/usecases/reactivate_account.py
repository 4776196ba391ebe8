"""
A customer is back: the paused copies work again, charged from the first day nobody has paid for, and what was
to start meanwhile starts now.
"""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.subscription import PauseReason, Status
from billing.models import Account, Subscription
from billing.queries.prepaid import is_prepaid
from billing.usecases.carry_pauses import carry_pauses
from billing.usecases.open_subscriptions import activate, change
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.resume_services import resume_unpaid
from billing.usecases.return_from_pause import return_late


def reactivate_account(session: Session, account: Account, *, on: date, now: datetime) -> list[Subscription]:
    """
    Let the copies made when the account became inactive work from *on*, and return them.

    Charging goes on from *on*, or later where more was invoiced already; the days between are free.
    """
    copies = _waiting(session, account)
    for copy in copies:
        copy.pause_reason = None
        copy.charged_through = max(on, copy.charged_through or on)
        activate(session, copy, starts_on=on)
    carry_pauses(session, account, copies, on=on, now=now)
    _start_late(session, account, on=on)
    return_late(session, account, on=on, now=now)
    if not is_prepaid(account):
        resume_unpaid(session, account, on=on)  # paused before the account was billed afterwards
    plan_next_bill(session, account)
    return copies


def _start_late(session: Session, account: Account, *, on: date) -> None:
    rows = session.scalars(
        select(Subscription).where(
            Subscription.customer_id == account.customer_id,
            Subscription.status == Status.PENDING,
            Subscription.on_approve.is_(False),
            Subscription.starts_on < on,
        )
    )
    for late in rows:
        late.charged_through = max(on, late.charged_through or on)
        change(session, late, status=Status.PENDING, starts_on=on)


def _waiting(session: Session, account: Account) -> list[Subscription]:
    rows = session.scalars(
        select(Subscription)
        .where(
            Subscription.customer_id == account.customer_id,
            Subscription.status == Status.PAUSED,
            Subscription.pause_reason == PauseReason.DEACTIVATED,
        )
        .order_by(Subscription.id)
    )
    return sorted(rows, key=lambda subscription: subscription.bundle_id is not None)
