"""The clock's part of dunning: accounts whose next step has come, in batches; a bad one waits alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.dunning import moment
from billing.domain.settings import BillingSettings, layered
from billing.models import Account
from billing.queries.settings import partner_settings
from billing.usecases.lock_account import lock_account
from billing.usecases.review_dunning import BY_CLOCK, review_dunning
from shared import clock
from shared.db import Database

log = structlog.get_logger(__name__)

BATCH = 100
SEEN_AT_ONCE = 2000
# The date somewhere on Earth is at most this far ahead of UTC.
FARTHEST = timedelta(hours=14)


def review_due_accounts(db: Database) -> int:
    """
    Review every account whose next step has come, wherever it lives; return how many there were.
    """
    now, after, done = clock.now(), "", 0
    while True:
        with db.read() as session:
            seen, due = _due(session, now=now, after=after)
        for start in range(0, len(due), BATCH):
            _review(db, due[start : start + BATCH], now=now)
        done += len(due)
        if len(seen) < SEEN_AT_ONCE:
            return done
        after = seen[-1]


def _due(session: Session, *, now: datetime, after: str) -> tuple[list[str], list[str]]:
    rows = session.execute(
        select(
            Account.customer_id,
            Account.partner_id,
            Account.timezone,
            Account.own_settings,
            Account.dunning_next_on,
        )
        .where(Account.dunning_next_on <= (now + FARTHEST).date(), Account.customer_id > after)
        .order_by(Account.customer_id)
        .limit(SEEN_AT_ONCE)
    ).all()
    partners: dict[str, BillingSettings] = {}
    due = []
    for customer_id, partner_id, timezone, own, on in rows:
        if partner_id not in partners:
            partners[partner_id] = partner_settings(session, partner_id)
        hour = layered(partners[partner_id], own).blocking_hour
        if moment(on, hour, timezone) <= now:
            due.append(customer_id)
    return [row.customer_id for row in rows], due


def _review(db: Database, customer_ids: Sequence[str], *, now: datetime) -> None:
    try:
        with db.begin() as session:
            for customer_id in customer_ids:
                account = lock_account(session, customer_id=customer_id)
                review_dunning(session, account, now=now, cause=BY_CLOCK)
    except Exception:
        if len(customer_ids) == 1:
            log.exception("dunning_failed", customer_id=customer_ids[0])
            _try_tomorrow(db, customer_ids[0], now=now)
            return
        for customer_id in customer_ids:
            _review(db, [customer_id], now=now)


def _try_tomorrow(db: Database, customer_id: str, *, now: datetime) -> None:
    with db.begin() as session:
        account = lock_account(session, customer_id=customer_id)
        account.dunning_next_on = clock.local_date(now, account.timezone) + timedelta(days=1)
