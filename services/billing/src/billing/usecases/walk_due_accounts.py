"""Walk through the accounts whose day has come, in batches; a bad one is put off to the next day, alone."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from billing.models import Account
from billing.usecases.lock_account import lock_account, lock_accounts
from shared import clock
from shared.bus.outbox import told_together
from shared.db import Database

log = structlog.get_logger(__name__)

BATCH = 100
SEEN_AT_ONCE = 2000
# The date somewhere on Earth is at most this far ahead of UTC.
FARTHEST = timedelta(hours=14)

# Given the customer looked at last, the next SEEN_AT_ONCE customers in order, and who of them is due.
Due = Callable[[Session, str], tuple[list[str], list[str]]]
# Given the locked accounts of a batch.
Work = Callable[[Session, Sequence[Account]], object]


def walk_due_accounts(
    db: Database,
    due: Due,
    *,
    work: Work,
    put_off: Callable[[Account, date], None],
    now: datetime,
) -> int:
    """
    Do *work* on all locked accounts that are due, a batch in one transaction; return how many there were.

    Where it fails, the batch is done again one by one, and *put_off* gives who failed another day.
    """
    after, done = "", 0
    while True:
        with db.read() as session:
            seen, found = due(session, after)
        for start in range(0, len(found), BATCH):
            _work(db, found[start : start + BATCH], work, put_off, now)
        done += len(found)
        if len(seen) < SEEN_AT_ONCE:
            return done
        after = seen[-1]


def _work(
    db: Database,
    customer_ids: Sequence[str],
    work: Work,
    put_off: Callable[[Account, date], None],
    now: datetime,
) -> None:
    try:
        with db.begin() as session, told_together(session):
            work(session, lock_accounts(session, customer_ids))
    except Exception:
        if len(customer_ids) > 1:
            for customer_id in customer_ids:
                _work(db, [customer_id], work, put_off, now)
            return
        log.exception("account_put_off", customer_id=customer_ids[0])
        with db.begin() as session:
            account = lock_account(session, customer_id=customer_ids[0])
            put_off(account, clock.local_date(now, account.timezone) + timedelta(days=1))
