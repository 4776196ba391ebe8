"""
The nightly proof: recompute every projection, keep the result, and raise an alarm on any difference.

What differs is looked at twice: a command that was just being done is no difference.
"""

import time
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import select

from billing.models import LedgerCheck
from billing.queries.ledger_differences import Difference, accounts_checked, differences
from shared import clock
from shared.db import Database
from shared.ids import new_id
from shared.measures import Gauge

log = structlog.get_logger(__name__)

DIFFERENCES: Final = Gauge(
    "ledger_differences", "What the last check of the books found.", multiprocess_mode="mostrecent"
)
CHECKED_AT: Final = Gauge(
    "ledger_checked_at", "When that was, in seconds since 1970.", multiprocess_mode="mostrecent"
)

EVERY = timedelta(hours=24)
PAUSE_SECONDS = 0.5


def check_ledger(db: Database, *, now: datetime) -> LedgerCheck:
    """
    Check everything and store what came of it.
    """
    found = _differences(db)
    if found:
        time.sleep(PAUSE_SECONDS)
        again = set(_differences(db))
        found = [each for each in found if each in again]
    for each in found:
        log.error("ledger_differs", **asdict(each))
    with db.begin() as session:
        check = LedgerCheck(
            id=new_id("chk"),
            at=now,
            accounts=accounts_checked(session),
            ok=not found,
            differences=[asdict(each) for each in found],
        )
        session.add(check)
    _show(check)
    log.info("ledger_checked", ok=check.ok, accounts=check.accounts)
    return check


def check_ledger_nightly(db: Database) -> bool:
    """
    Check once a day; never tell that there is more to do.
    """
    with db.read() as session:
        last = session.scalar(select(LedgerCheck).order_by(LedgerCheck.at.desc()).limit(1))
    if last is None or last.at <= clock.now() - EVERY:
        check_ledger(db, now=clock.now())
    else:
        _show(last)  # a worker that has just started knows of no check
    return False


def _show(check: LedgerCheck) -> None:
    DIFFERENCES.set(len(check.differences))
    CHECKED_AT.set(check.at.timestamp())


def _differences(db: Database) -> list[Difference]:
    with db.read() as session:
        return differences(session)
