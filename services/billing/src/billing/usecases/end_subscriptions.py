"""
The day after its last: a service ends, and days that were charged beyond it go back as a credit note.

A bad record fails alone: it is logged and tried again, the others end.
"""

from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.bucket import MoveReason
from billing.domain.plan_change import refunds
from billing.domain.subscription import WORKING, Status
from billing.models import ENDING, Account, Subscription
from billing.queries.plan_changes import standing_of
from billing.usecases.allocate import use_credit_as_set
from billing.usecases.book_end import lock_service, parts_of
from billing.usecases.charge_end import charge_end
from billing.usecases.keep_segments import end_segments
from billing.usecases.move_data import close_lot, lock_lots
from billing.usecases.open_subscriptions import tell_changed
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.post import tell_balance
from billing.usecases.return_from_pause import close_pause
from billing.usecases.settle_plan_change import give_back
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.db import Database
from shared.failpoint import failpoint

log = structlog.get_logger(__name__)


def end_subscriptions(db: Database) -> int:
    """
    End what had its last day, by the calendar of each account; return how many services ended.
    """
    with db.read() as session:
        due = _due(session)
    return sum(_end_alone(db, subscription_id) for subscription_id in due)


def _due(session: Session) -> list[str]:
    rows = session.execute(
        select(Subscription.id, Subscription.ends_on, Account.timezone)
        .join(Account, Account.customer_id == Subscription.customer_id)
        .where(ENDING, Subscription.bundle_id.is_(None))
        .order_by(Subscription.id)
    )
    return [id for id, ends_on, timezone in rows if ends_on < clock.today(timezone)]


def _end_alone(db: Database, subscription_id: str) -> bool:
    try:
        with db.begin() as session:
            return _end(session, subscription_id, now=clock.now())
    except Exception:
        log.exception("subscription_not_ended", subscription_id=subscription_id)
        return False


def _end(session: Session, subscription_id: str, *, now: datetime) -> bool:
    account, head = lock_service(session, subscription_id, None)
    today = clock.local_date(now, account.timezone)
    if head.status not in WORKING or head.ends_on is None or head.ends_on >= today:
        return False  # another worker was here, or it was undone
    free_from, before = head.ends_on + timedelta(days=1), account.balance.minor
    give_back(session, account, refunds(standing_of(session, head, free_from), free_from), head, now=now)
    for part in parts_of(session, head):
        _stop(session, part, free_from, now=now)
    close_pause(session, head.id, last_on=head.ends_on)
    charge_end(session, account, head, now=now)
    plan_next_bill(session, account)
    use_credit_as_set(session, account, now=now)
    write_audit(session, account, action="service_ended", target=head.id, now=now, last_on=head.ends_on)
    tell_balance(session, account, before=before)
    failpoint("billing.end_subscriptions.inside")
    return True


def _stop(session: Session, part: Subscription, free_from: date, *, now: datetime) -> None:
    end_segments(session, part, max(free_from, part.starts_on))
    if part.charged_through is not None:
        part.charged_through = min(part.charged_through, max(free_from, part.starts_on))
    for lot in lock_lots(session, part.id):
        close_lot(session, lot, MoveReason.EXPIRED, ref=f"end:{part.ends_on}", now=now)
    part.status, part.pause_reason, part.short_since_on = Status.DISABLED, None, None
    tell_changed(session, part)
