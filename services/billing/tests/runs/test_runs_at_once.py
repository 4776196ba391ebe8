"""F71, F74: runs that begin in one moment, overlap, or fall into an hour that is skipped or comes twice."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from billing.domain.run import Mode, RunState
from billing.models import Account, BillingRun, Invoice, Partner, PartnerSettings, Segment, Subscription
from billing.usecases.start_billing_run import start_billing_run
from billing.usecases.start_due_runs import start_due_runs
from billing.usecases.work_billing_run import work_billing_run
from services.billing.tests.runs.conftest import DECEMBER, PARTNER
from shared import clock

SPRING, AUTUMN = date(2027, 3, 28), date(2029, 10, 28)  # Prague: 2:00 is skipped, and comes twice


def at_once(*work: Callable[[], object]) -> list[Any]:
    """
    Do all of it in the same moment, and return what came of it.
    """
    together, found = threading.Barrier(len(work)), list[Any]()

    def wait_and_do(each: Callable[[], object]) -> None:
        together.wait()
        found.append(each())

    threads = [threading.Thread(target=wait_and_do, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(work), "one of them failed"
    return found


def start(town: Any, cut_off: date) -> str:
    with town.db.begin() as session:
        now = clock.now()
        return start_billing_run(session, partner_id=PARTNER, cut_off=cut_off, mode=Mode.ISSUE, now=now).id


def work_all(town: Any, name: str) -> None:
    while work_billing_run(town.db, worker=name, batch=2):
        pass


def runs(town: Any) -> list[BillingRun]:
    with town.db.read() as session:
        return list(session.scalars(select(BillingRun)))


def issued(town: Any) -> list[date]:
    with town.db.read() as session:
        return list(session.scalars(select(Invoice.issued_on)))


def test_three_starts_in_the_same_moment_are_one_run(town: Any) -> None:
    found = at_once(*[lambda: start(town, DECEMBER)] * 3)

    at_once(lambda: work_all(town, "a"), lambda: work_all(town, "b"))

    assert len(set(found)) == 1
    assert [(run.state, run.invoices, run.failed) for run in runs(town)] == [(RunState.DONE, 7, 0)]
    assert len(issued(town)) == 7


def test_three_clocks_that_see_the_billing_day_at_once_start_one_run(town: Any) -> None:
    at_once(*[lambda: start_due_runs(town.db)] * 3)
    work_all(town, "a")
    at_once(*[lambda: start_due_runs(town.db)] * 3)

    assert len(runs(town)) == 1
    assert len(issued(town)) == 7


def test_two_runs_of_overlapping_days_open_at_once_bill_everybody_once(town: Any) -> None:
    for day in (DECEMBER, DECEMBER + timedelta(days=1)):
        start(town, day)

    at_once(*[lambda name=name: work_all(town, name) for name in "abc"])  # type: ignore[misc]

    assert {run.state for run in runs(town)} == {RunState.DONE}
    assert sum(run.invoices for run in runs(town)) == 7
    assert [number[-1] for number in town.numbers()] == [str(n) for n in range(1, 8)]


@pytest.mark.parametrize(
    ("zone", "day", "hour", "too_early", "in_time"),
    [
        ("Europe/Prague", SPRING, 2, "2027-03-28T00:59:00", "2027-03-28T01:00:00"),
        ("Europe/Prague", AUTUMN, 2, "2029-10-27T23:59:00", "2029-10-28T00:00:00"),
        ("Pacific/Kiritimati", DECEMBER, 5, "2026-11-30T14:59:00", "2026-11-30T15:00:00"),
        ("Pacific/Pago_Pago", DECEMBER, 5, "2026-12-01T15:59:00", "2026-12-01T16:00:00"),
    ],
    ids=["an hour that is skipped", "an hour that comes twice", "+14", "-11"],
)
def test_a_run_starts_once_at_its_hour_wherever_the_partner_is(
    town: Any,
    travel: Callable[[datetime], None],
    zone: str,
    day: date,
    hour: int,
    too_early: str,
    in_time: str,
) -> None:
    _move_town(town, zone, day, hour)
    travel(datetime.fromisoformat(too_early).replace(tzinfo=UTC))
    assert start_due_runs(town.db) == 0

    begins = datetime.fromisoformat(in_time).replace(tzinfo=UTC)
    for minutes in (0, 30, 60, 90, 8 * 60):
        travel(begins + timedelta(minutes=minutes))
        start_due_runs(town.db)
        work_all(town, "a")

    assert len(runs(town)) == 1
    assert issued(town) == [day] * 7


def _move_town(town: Any, zone: str, day: date, hour: int) -> None:
    """
    Have everybody live in *zone* and be due on *day*, and the partner bill at *hour*.
    """
    with town.db.begin() as session:
        session.execute(update(Partner).values(timezone=zone))
        session.merge(PartnerSettings(partner_id=PARTNER, version=1, own={"confirm_hour": hour}))
        session.execute(update(Account).values(timezone=zone, billing_day=day.day, next_bill_on=day))
        session.execute(update(Subscription).values(starts_on=day - timedelta(days=31), charged_through=day))
        session.execute(update(Segment).values(from_on=day - timedelta(days=31)))
