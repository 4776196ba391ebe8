"""
A customer is billed another way from now on (features 002-17, decision D32): one ledger, nothing lost.

To prepaid: what was used and not billed goes on one last bill, with every charge that waits; the credit pays
from the first day that was not billed. To recurring: what the credit paid for stays paid, the next billing
day charges what follows, and services that waited for credit work again from today.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.basket import PREPAID
from billing.domain.dunning import Dunning
from billing.domain.subscription import CURRENT, Status
from billing.models import Account, Subscription
from billing.usecases.bill_so_far import bill_so_far
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.resume_services import resume_unpaid
from billing.usecases.review_dunning import review_dunning
from billing.usecases.review_prepaid import review_prepaid
from billing.usecases.write_audit import write_audit
from shared import clock


def switch_billing_type(session: Session, account: Account, *, billing_type: str, now: datetime) -> None:
    """
    Bill the locked account as *billing_type* says, from today on.
    """
    old = account.billing_type
    if old == billing_type:
        return
    if billing_type in PREPAID and old not in PREPAID:
        bill_so_far(session, account, now=now)
        _pay_from_the_start(session, account)
    account.billing_type = billing_type
    if old in PREPAID and billing_type not in PREPAID:
        _wait_no_longer(session, account, now=now)
    plan_next_bill(session, account)
    review_dunning(session, account, now=now)
    write_audit(
        session,
        account,
        action="billing_type_changed",
        target=account.customer_id,
        now=now,
        old=old,
        new=billing_type,
    )


def _pay_from_the_start(session: Session, account: Account) -> None:
    """
    Have what was never billed paid from its first day; the clock of prepaid accounts looks at this day only.
    """
    mine = Subscription.customer_id == account.customer_id
    never = Subscription.charged_through.is_(None) & Subscription.status.in_(CURRENT)
    asked_for = (Subscription.status == Status.PENDING) & Subscription.on_approve  # billed when approved
    for each in session.scalars(select(Subscription).where(mine, never, ~asked_for)):
        each.charged_through, each.anchor_day = each.starts_on, each.starts_on.day


def _wait_no_longer(session: Session, account: Account, *, now: datetime) -> None:
    if account.inactive_manually or account.dunning is Dunning.INACTIVE:
        return  # they go on with everything else when the customer is back
    resume_unpaid(session, account, on=clock.local_date(now, account.timezone))
    session.flush()
    review_prepaid(session, account, now=now)
