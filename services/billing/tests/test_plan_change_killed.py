"""A change of plan whose process dies anywhere is there wholly or not at all, and is made once after that."""

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from signal import SIGKILL
from typing import Any

import pytest

from billing.models import CreditNote, Invoice, PlanChange, Subscription
from billing.usecases import apply_due_changes as clock_work
from billing.usecases import apply_plan_change as making
from billing.usecases.bill_accounts import bill_account
from services.billing.tests.changing import CUSTOMER, FAST, NOON, Changes
from shared import clock
from shared.settings import environment

CLOCK_WORK = """
import sys
from datetime import datetime
from billing.usecases.apply_due_changes import apply_due_changes
from shared import clock
from shared.db import Database

clock.move_to(datetime.fromisoformat(sys.argv[2]))
apply_due_changes(Database(sys.argv[1]))
"""


@pytest.fixture
def booked(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    """
    A change to Fibre 500 whose moment has come.
    """
    changes = Changes(shop, travel)
    changes.book(changes.quote(FAST))
    travel(NOON + timedelta(minutes=11))
    return changes


def documents(changes: Changes) -> tuple[int, int, int]:
    return len(changes.all(Invoice)), len(changes.all(CreditNote)), len(changes.all(Subscription))


@pytest.mark.parametrize(
    ("point", "left"),
    [
        ("billing.apply_plan_change.inside", (1, 0, 1)),
        ("billing.apply_plan_change.before_commit", (1, 0, 1)),
        ("billing.apply_plan_change.after_commit", (2, 1, 2)),
    ],
)
def test_a_death_leaves_all_or_nothing_and_the_next_worker_makes_it_once(
    booked: Changes, point: str, left: tuple[int, int, int]
) -> None:
    worker = [sys.executable, "-c", CLOCK_WORK, booked.db.url, clock.now().isoformat()]
    killed = subprocess.run(worker, env={**environment(), "FAILPOINT": point}, timeout=100)
    assert killed.returncode == -SIGKILL
    assert documents(booked) == left

    booked.pass_time()

    assert documents(booked) == (2, 1, 2)
    assert [change.status for change in booked.all(PlanChange)] == ["applied"]
    assert [invoice.number for invoice in booked.all(Invoice)] == ["202601000001", "202601000002"]
    assert booked.balance() == -550
    assert booked.journal()[1] == 0


def test_many_workers_at_once_make_a_change_once(booked: Changes) -> None:
    workers = [threading.Thread(target=clock_work.apply_due_changes, args=(booked.db,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert documents(booked) == (2, 1, 2)
    assert booked.balance() == -550


def test_one_that_cannot_be_made_for_a_reason_nobody_foresaw_waits_and_stops_no_other(
    booked: Changes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(making, "give_back", fail)
    assert clock_work.apply_due_changes(booked.db) == 1
    monkeypatch.undo()
    assert documents(booked) == (1, 0, 1)

    booked.pass_time()

    assert documents(booked) == (2, 1, 2)


def test_the_clock_and_a_billing_run_on_the_same_morning_make_it_once(
    shop: Any, travel: Callable[[datetime], None]
) -> None:
    changes = Changes(shop, travel)
    changes.book(changes.quote(FAST, date(2026, 12, 1)))
    travel(datetime(2026, 12, 1, 6, tzinfo=UTC))

    def bill() -> None:
        with changes.db.begin() as session:
            bill_account(session, customer_id=CUSTOMER, cut_off=date(2026, 12, 1), now=clock.now())

    both = [
        threading.Thread(target=bill),
        threading.Thread(target=clock_work.apply_due_changes, args=(shop.db,)),
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert [line.amount_minor for line in changes.all(Invoice)[-1].lines] == [4500]
    assert documents(changes) == (2, 0, 2)
