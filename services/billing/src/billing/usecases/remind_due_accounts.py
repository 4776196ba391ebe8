"""The clock's part of reminders: accounts whose day has come, in batches; a bad one waits alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.dunning import moment
from billing.domain.reminders import HOUR
from billing.models import Account
from billing.usecases.lock_account import lock_account
from billing.usecases.remind_account import remind_account
from billing.usecases.review_due_accounts import BATCH, FARTHEST, SEEN_AT_ONCE
from shared import clock
from shared.db import Database

log = structlog.get_logger(__name__)


def remind_due_accounts(db: Database) -> int:
    """
    Remind every account whose day and hour have come, wherever it lives; return how many there were.
    """
    now, after, done = clock.now(), "", 0
    while True:
        with db.read() as session:
            seen, due = _due(session, now=now, after=after)
        for start in range(0, len(due), BATCH):
            _remind(db, due[start : start + BATCH], now=now)
        done += len(due)
        if len(seen) < SEEN_AT_ONCE:
            return done
        after = seen[-1]


def _due(session: Session, *, now: datetime, after: str) -> tuple[list[str], list[str]]:
    rows = session.execute(
        select(Account.customer_id, Account.timezone, Account.remind_next_on)
        .where(Account.remind_next_on <= (now + FARTHEST).date(), Account.customer_id > after)
        .order_by(Account.customer_id)
        .limit(SEEN_AT_ONCE)
    ).all()
    due = [customer_id for customer_id, timezone, on in rows if moment(on, HOUR, timezone) <= now]
    return [row.customer_id for row in rows], due


def _remind(db: Database, customer_ids: Sequence[str], *, now: datetime) -> None:
    try:
        with db.begin() as session:
            for customer_id in customer_ids:
                remind_account(session, lock_account(session, customer_id=customer_id), now=now)
    except Exception:
        if len(customer_ids) == 1:
            log.exception("reminder_failed", customer_id=customer_ids[0])
            _try_tomorrow(db, customer_ids[0], now=now)
            return
        for customer_id in customer_ids:
            _remind(db, [customer_id], now=now)


def _try_tomorrow(db: Database, customer_id: str, *, now: datetime) -> None:
    with db.begin() as session:
        account = lock_account(session, customer_id=customer_id)
        account.remind_next_on = clock.local_date(now, account.timezone) + timedelta(days=1)
