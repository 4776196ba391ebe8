"""Billing runs: previewed, confirmed, billed once, whatever happens on the way."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from billing.domain.run import ItemState, Mode, RunState
from billing.models import (
    Account,
    AuditEvent,
    BillingRun,
    Invoice,
    JournalEntry,
    RunItem,
    Segment,
)
from billing.usecases.claim_run_items import claim_run_items
from billing.usecases.fill_run import fill_run
from billing.usecases.start_billing_run import (
    RunChanged,
    continue_billing_run,
    retry_failed_items,
    stop_billing_run,
)
from billing.usecases.start_due_runs import start_due_runs
from billing.usecases.work_billing_run import work_billing_run
from shared import clock
from shared.errors import NotFound
from shared.testing import told

PARTNER = "par_00000000000000000000000001"
DECEMBER = date(2026, 12, 1)
MORNING = datetime.fromisoformat("2026-12-01T06:00:00+00:00")


def test_a_run_bills_everybody_due_with_consecutive_numbers(town: Any) -> None:
    run_id = town.start(Mode.ISSUE)

    town.work()

    run = town.run(run_id)
    assert (run.state, run.items, run.done, run.failed) == (RunState.DONE, 7, 7, 0)
    assert (run.invoices, run.total_minor) == (7, 21000)
    assert town.numbers() == [f"2026010000{n:02d}" for n in range(1, 8)]
    with town.db.read() as session:
        assert session.execute(select(func.sum(JournalEntry.amount_minor))).scalar_one() == 0
        assert set(session.scalars(select(Account.owed_minor))) == {3000}
        assert set(session.scalars(select(Account.next_bill_on))) == {date(2027, 1, 1)}
        assert set(session.scalars(select(Invoice.run_id))) == {run_id}


def test_the_end_of_a_run_is_told(town: Any) -> None:
    town.start(Mode.ISSUE)
    town.work()

    ended = [fact for fact in told(town.db) if fact.fact_name == "billing.billing_run_finished"]

    assert [(fact.mode, fact.invoices, fact.total.amount) for fact in ended] == [("issue", 7, "210.00")]


def test_a_run_started_twice_is_one_run(town: Any) -> None:
    assert town.start(Mode.ISSUE) == town.start(Mode.ISSUE)

    town.work()

    assert len(town.numbers()) == 7


def test_a_run_done_again_bills_nobody_twice(town: Any) -> None:
    first = town.start(Mode.ISSUE)
    town.work()

    second = town.start(Mode.ISSUE)
    town.work()

    assert second != first
    assert (town.run(second).items, len(town.numbers())) == (0, 7)


def test_a_preview_writes_nothing_but_itself(town: Any) -> None:
    run_id = town.start(Mode.PREVIEW)

    town.work()

    run = town.run(run_id)
    assert (run.state, run.invoices, run.total_minor) == (RunState.DONE, 7, 21000)
    assert town.numbers() == []
    with town.db.read() as session:
        assert set(session.scalars(select(Account.next_bill_on))) == {DECEMBER}
        assert set(session.scalars(select(Account.version))) == {1}
        item = session.scalars(select(RunItem)).first()
        assert item is not None
        (line,) = item.result["lines"]
        assert (line["label"], line["minor"]) == ("Fibre 100", 3000)
        assert (line["basis"]["code"], line["basis"]["days"]) == ("whole_period", 31)
        assert item.flags == ["first_invoice"]


def test_confirming_bills_what_the_preview_showed_and_marks_who_came_due_since(town: Any) -> None:
    preview = town.start(Mode.PREVIEW)
    town.work()
    with town.db.begin() as session:
        town.settle(session, 8)  # that day has no second run

    run_id = town.confirm(preview, invoices=7, total_minor=21000)
    town.work()

    assert town.run(run_id).invoices == 8
    with town.db.read() as session:
        marked = select(RunItem.customer_id, RunItem.flags).where(RunItem.run_id == run_id)
        flags = {each: found for each, found in session.execute(marked) if found}
    assert flags == {customer(8): ["changed_since_preview"]}


def test_confirming_twice_is_confirming_once(town: Any) -> None:
    preview = town.start(Mode.PREVIEW)
    town.work()

    first = town.confirm(preview, invoices=7, total_minor=21000)
    town.work()

    assert town.confirm(preview, invoices=7, total_minor=21000) == first


def test_a_preview_that_changed_is_not_confirmed(town: Any) -> None:
    preview = town.start(Mode.PREVIEW)
    town.work()

    with pytest.raises(RunChanged):
        town.confirm(preview, invoices=8, total_minor=24000)
    with pytest.raises(NotFound):
        town.confirm("run_nobody", invoices=7, total_minor=21000)


def test_an_account_that_changed_since_is_billed_as_it_is_now_and_marked(town: Any) -> None:
    preview = town.start(Mode.PREVIEW)
    town.work()
    with town.db.begin() as session:
        session.execute(update(Segment).where(Segment.id == "seg_3").values(price_minor=4000))

    run_id = town.confirm(preview, invoices=7, total_minor=21000)
    town.work()

    with town.db.read() as session:
        items = session.scalars(select(RunItem).where(RunItem.run_id == run_id)).all()
    marked = {item.customer_id: item.total_minor for item in items if item.flags}
    assert marked == {customer(3): 4000}


def test_one_bad_record_fails_alone_and_can_be_tried_again(town: Any) -> None:
    with town.db.begin() as session:
        session.execute(update(Segment).where(Segment.id == "seg_4").values(currency="USD"))
    run_id = town.start(Mode.ISSUE)

    town.work()

    run = town.run(run_id)
    assert (run.state, run.done, run.failed, run.invoices) == (RunState.DONE, 6, 1, 6)
    assert town.numbers() == [f"2026010000{n:02d}" for n in range(1, 7)]
    assert [item.customer_id for item in town.items(run_id, ItemState.FAILED)] == [customer(4)]
    assert "USD" in (town.items(run_id, ItemState.FAILED)[0].error or "")

    with town.db.begin() as session:
        session.execute(update(Segment).where(Segment.id == "seg_4").values(currency="EUR"))
        retry_failed_items(session, run_id=run_id, now=clock.now())
    town.work()

    run = town.run(run_id)
    assert (run.state, run.done, run.failed, run.invoices) == (RunState.DONE, 7, 0, 7)
    assert town.numbers()[-1] == "202601000007"


def test_a_run_can_be_halted_and_go_on(town: Any) -> None:
    run_id = town.start(Mode.ISSUE)
    work_billing_run(town.db, worker="a", batch=3)
    with town.db.begin() as session:
        stop_billing_run(session, run_id=run_id, now=clock.now())

    assert work_billing_run(town.db, worker="a", batch=3) is False
    assert (town.run(run_id).state, len(town.numbers())) == (RunState.STOPPED, 3)

    with town.db.begin() as session:
        continue_billing_run(session, run_id=run_id, now=clock.now())
    town.work()
    assert (town.run(run_id).state, len(town.numbers())) == (RunState.DONE, 7)


def test_what_is_done_to_a_run_is_in_the_partners_trail(town: Any) -> None:
    run_id = town.start(Mode.ISSUE)
    assert town.start(Mode.ISSUE) == run_id
    work_billing_run(town.db, worker="a", batch=3)
    for act in (stop_billing_run, continue_billing_run):
        with town.db.begin() as session:
            act(session, run_id=run_id, now=clock.now())

    with town.db.read() as session:
        rows = session.scalars(select(AuditEvent).order_by(AuditEvent.seq)).all()
    assert [(row.action, row.target) for row in rows] == [
        ("run_started", run_id),
        ("run_halted", run_id),
        ("run_continued", run_id),
    ]
    assert rows[0].details == {"mode": "issue", "cut_off": "2026-12-01", "preview": ""}


def test_what_a_dead_worker_held_is_taken_by_another(town: Any) -> None:
    run_id = town.start(Mode.ISSUE)
    fill_run(town.db, town.run(run_id))
    held = claim_run_items(town.db, run_id=run_id, worker="dead", limit=3)
    town.work()
    assert (len(held), town.run(run_id).state, len(town.numbers())) == (3, RunState.RUNNING, 4)

    with town.db.begin() as session:
        past = clock.real_now() - timedelta(seconds=1)
        session.execute(update(RunItem).where(RunItem.owner == "dead").values(lease_until=past))
    town.work()

    assert (town.run(run_id).state, town.numbers()[-1]) == (RunState.DONE, "202601000007")


def test_on_the_billing_day_the_clock_bills_by_itself(town: Any) -> None:
    assert start_due_runs(town.db) == 1
    assert start_due_runs(town.db) == 0
    town.work()

    assert len(town.numbers()) == 7
    assert start_due_runs(town.db) == 0


def test_before_the_partners_hour_nothing_starts(town: Any, travel: Callable[[datetime], None]) -> None:
    travel(datetime.fromisoformat("2026-12-01T04:59:00+00:00"))

    assert start_due_runs(town.db) == 0


def test_with_days_to_confirm_a_preview_comes_first_and_issues_itself_later(
    town: Any, travel: Callable[[datetime], None]
) -> None:
    town.decide(confirm_after_days=3, confirm_hour=5)

    assert start_due_runs(town.db) == 1
    town.work()
    assert town.numbers() == []
    travel(MORNING + timedelta(days=2))
    assert start_due_runs(town.db) == 0
    travel(MORNING + timedelta(days=3))
    assert start_due_runs(town.db) == 1
    town.work()

    assert len(town.numbers()) == 7
    with town.db.read() as session:
        assert [run.mode for run in session.scalars(select(BillingRun).order_by(BillingRun.id))] == [
            Mode.PREVIEW,
            Mode.ISSUE,
        ]


def test_a_halted_preview_holds_back_what_it_showed(town: Any, travel: Callable[[datetime], None]) -> None:
    town.decide(confirm_after_days=1)
    start_due_runs(town.db)
    with town.db.begin() as session:
        stop_billing_run(session, run_id=session.scalars(select(BillingRun.id)).one(), now=clock.now())

    travel(MORNING + timedelta(days=4))

    assert start_due_runs(town.db) == 0


def test_without_days_to_confirm_a_person_has_to(town: Any, travel: Callable[[datetime], None]) -> None:
    town.decide(confirm_after_days=None)
    start_due_runs(town.db)
    town.work()
    travel(MORNING + timedelta(days=40))

    start_due_runs(town.db)
    town.work()

    assert town.numbers() == []


def test_a_partner_that_does_not_bill_is_left_alone(town: Any) -> None:
    town.decide(billing_enabled=False)

    assert start_due_runs(town.db) == 0


def customer(number: int) -> str:
    return f"cus_{number:026d}"
