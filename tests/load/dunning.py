"""
Late payment at scale: every account has a bill that falls due, and all are blocked by the clock's one pass.

Beside it the naive pattern, measured in the same minute: a transaction for each account.
"""

import time
from datetime import UTC, datetime

from sqlalchemy import func, select

from billing.domain.dunning import Dunning
from billing.domain.run import Mode
from billing.models import Account
from billing.usecases.lock_account import lock_account
from billing.usecases.review_due_accounts import review_due_accounts
from billing.usecases.review_dunning import BY_CLOCK, review_dunning
from billing.usecases.work_billing_run import work_billing_run
from shared import clock
from shared.db import Database
from shared.rubbish import collect_seldom
from shared.settings import environment
from tests.load.billing_stage import customer, december, start
from tests.load.figures import Figure

LATE = datetime(2026, 12, 17, 12, tzinfo=UTC)  # the bills of 1 December were due on the 16th
NAIVE_COUNT = 300
MANY = 100_000 if environment().get("FULL") else 5_000


def dunning(town: Database, engine: str) -> Figure:
    """
    Measure how many accounts of *town* a second are blocked, the first of them naively.
    """
    with december():
        start(town, Mode.ISSUE)
        while work_billing_run(town, worker="bench"):
            pass
        collect_seldom()
        clock.move_to(LATE)
        naive = _naively(town)
        began, spent = time.monotonic(), time.process_time()
        count = review_due_accounts(town)
        took, cpu = time.monotonic() - began, time.process_time() - spent
    _insist_all_blocked(town)
    return Figure(
        id="dn",
        engine=engine,
        value=count / took,
        compared_with="a transaction for each account",
        compared_value=naive,
        note=f"{count:,} accounts, CPU {cpu / count * 1e6:,.0f} us each",
    )


def _naively(town: Database) -> float:
    began = time.monotonic()
    for number in range(1, NAIVE_COUNT + 1):
        with town.begin() as session:
            account = lock_account(session, customer_id=customer(number))
            review_dunning(session, account, now=clock.now(), cause=BY_CLOCK)
    return NAIVE_COUNT / (time.monotonic() - began)


def _insist_all_blocked(town: Database) -> None:
    others = select(func.count()).select_from(Account).where(Account.dunning != Dunning.BLOCKED)
    with town.read() as session:
        assert session.scalar(others) == 0
