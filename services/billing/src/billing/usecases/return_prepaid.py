"""
Credit is back: paused prepaid services work again, from today and for a new period.

By setting all of them together or those the credit covers, in order; never for days of the pause.
"""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import Account, Subscription
from billing.queries.prepaid import Held, coming_back
from billing.usecases.charge_prepaid import charge_prepaid
from billing.usecases.lock_account import lock_account
from billing.usecases.post import tell_balance
from billing.usecases.resume_services import resume
from billing.usecases.review_prepaid import review_prepaid
from shared import clock
from shared.db import Database
from shared.money import Money

log = structlog.get_logger(__name__)


def return_prepaid(db: Database) -> int:
    """
    Bring back what accounts with credit can pay for; return how many services came back.
    """
    with db.read() as session:
        waiting = [customer_id for customer_id in _waiting(session) if _can(session, customer_id)]
    return sum(_try(db, customer_id) for customer_id in waiting)


def return_services(session: Session, *, customer_id: str, now: datetime) -> int:
    """
    Bring back the account's paused services its credit covers; return how many.
    """
    account = lock_account(session, customer_id=customer_id)
    before = account.balance.minor
    back = covered(session, account, now=now)
    if back:
        for held in back:
            resume(session, held)
        charge_prepaid(session, account, back, now=now)
        session.flush()
        review_prepaid(session, account, now=now)
        tell_balance(session, account, before=before)
    return len(back)


def covered(session: Session, account: Account, *, now: datetime) -> list[Held]:
    """
    Return the paused services that may come back today.
    """
    credit = Money(account.credit_minor, account.currency)
    return coming_back(session, account, credit, today=clock.local_date(now, account.timezone))


def _waiting(session: Session) -> list[str]:
    query = select(Subscription.customer_id).where(Subscription.short_since_on.is_not(None))
    return sorted(set(session.scalars(query)))


def _can(session: Session, customer_id: str) -> bool:
    account = session.get_one(Account, customer_id)
    return bool(covered(session, account, now=clock.now()))


def _try(db: Database, customer_id: str) -> int:
    try:
        with db.begin() as session:
            return return_services(session, customer_id=customer_id, now=clock.now())
    except Exception:
        log.exception("prepaid_return_failed", customer_id=customer_id)
        return 0
