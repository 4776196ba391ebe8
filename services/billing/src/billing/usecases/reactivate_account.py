"""A customer is back: the paused copies work again, charged from the first day nobody has paid for."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.subscription import PauseReason, Status
from billing.models import Account, Subscription
from billing.usecases.open_subscriptions import activate
from billing.usecases.plan_next_bill import plan_next_bill


def reactivate_account(session: Session, account: Account, *, on: date) -> list[Subscription]:
    """
    Let the copies made when the account became inactive work from *on*, and return them.

    Charging goes on from *on*, or later where more was invoiced already; the days between are free.
    """
    copies = _waiting(session, account)
    for copy in copies:
        copy.pause_reason = None
        copy.charged_through = max(on, copy.charged_through or on)
        activate(session, copy, starts_on=on)
    plan_next_bill(session, account)
    return copies


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
