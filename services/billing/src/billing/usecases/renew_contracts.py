"""The day after its last a contract that renews begins again for as long, however late the worker is."""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.contract import renewed
from billing.domain.subscription import WORKING
from billing.models import RENEWING, Account, PlanVersion, Subscription
from billing.usecases.book_end import lock_service
from billing.usecases.open_subscriptions import tell_changed
from billing.usecases.walk_due_accounts import FARTHEST
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.db import Database

log = structlog.get_logger(__name__)


def renew_contracts(db: Database) -> int:
    """
    Renew what is due, by the calendar of each account; return how many contracts began again.
    """
    with db.read() as session:
        rows = session.execute(
            select(Subscription.id, Subscription.contract_ends_on, Account.timezone)
            .join(Account, Account.customer_id == Subscription.customer_id)
            .where(RENEWING, Subscription.contract_ends_on <= (clock.now() + FARTHEST).date())
            .order_by(Subscription.id)
        ).all()
    due = [id for id, ends_on, timezone in rows if ends_on < clock.today(timezone)]
    return sum(_renew_alone(db, subscription_id) for subscription_id in due)


def _renew_alone(db: Database, subscription_id: str) -> bool:
    try:
        with db.begin() as session:
            return _renew(session, subscription_id, now=clock.now())
    except Exception:
        log.exception("contract_not_renewed", subscription_id=subscription_id)
        return False


def _renew(session: Session, subscription_id: str, *, now: datetime) -> bool:
    account, head = lock_service(session, subscription_id, None)
    sold = session.get(PlanVersion, (head.plan_id, head.plan_version))
    today, ends_on = clock.local_date(now, account.timezone), head.contract_ends_on
    if head.status not in WORKING or not head.contract_renews or not sold or ends_on is None:
        return False
    if ends_on >= today or (head.ends_on and head.ends_on <= ends_on):
        return False  # another worker was here, or it ends with its contract
    while ends_on < today:
        ends_on = renewed(ends_on, anchor_day=head.starts_on.day, months=sold.contract_months)
    head.contract_ends_on = ends_on
    tell_changed(session, head)
    write_audit(session, account, action="contract_renewed", target=head.id, now=now, ends_on=ends_on)
    return True
