"""Late payment over the calendar: what an account goes through from an unpaid bill to being back."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.dunning import Dunning
from billing.domain.line import Code
from billing.domain.subscription import Status
from billing.models import Invoice, Segment, Subscription
from billing.usecases.review_due_accounts import review_due_accounts
from shared.contracts import billing as facts

BUNDLE = "plan_bundle"
DOCUMENT = Path(__file__).parents[4] / "docs/algorithms/dunning.md"


def rows(heading: str) -> list[list[str]]:
    """
    Return the cells of the first table under a heading of the document.
    """
    text = DOCUMENT.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


STATES = (facts.AccountBlocked, facts.AccountDeactivated, facts.AccountCleared)


def november(day: int) -> date:
    return date(2026, 11, day)


def december(day: int) -> date:
    return date(2026, 12, day)


def test_unpaid_overdue_blocked_inactive_paid(story: Any) -> None:
    story.bill(november(1), due_on=november(16))
    (ahead,) = story.told(facts.NextStepsChanged)
    assert (ahead.owed.amount, ahead.since_on) == ("30.00", november(1))
    assert [(step.on, step.code) for step in ahead.steps] == [
        (november(16), "due"),
        (november(16), "blocked"),
        (november(26), "inactive"),
    ]

    story.day(november(15), 23)
    assert story.state == "clear"

    story.day(november(16), 0)
    assert story.state == "blocked"
    assert story.held() == [("active", date(2026, 10, 20), None, december(1))]
    (blocked,) = story.told(*STATES)
    assert (blocked.on, blocked.owed.amount, blocked.due_since) == (november(16), "30.00", november(16))

    story.day(november(25), 23)
    assert story.state == "blocked"

    story.day(november(26), 0)
    assert story.state == "inactive"
    assert story.held() == [
        ("disabled", november(1), november(26), december(1)),
        ("paused", november(26), None, december(1)),
    ]

    story.day(december(10))
    story.pay(3000)
    assert story.state == "clear"
    assert story.held()[1] == ("active", december(10), None, december(10))
    assert [type(fact) for fact in story.told(*STATES)] == list(STATES)
    assert story.told(facts.AccountCleared)[0].on == december(10)
    assert story.told(facts.NextStepsChanged)[-1].steps == ()
    assert story.steps() == [
        ("clear", "blocked", november(16)),
        ("blocked", "inactive", november(26)),
        ("inactive", "clear", december(10)),
    ]
    assert story.account.balance.minor == 0
    assert story.account.dunning_next_on is None


def test_paid_while_blocked_nothing_else_happened(story: Any) -> None:
    story.bill(november(1), due_on=november(16))
    story.day(november(20))
    story.pay(3000)

    assert story.state == "clear"
    assert story.held() == [("active", date(2026, 10, 20), None, december(1))]
    assert [type(fact) for fact in story.told(*STATES)] == [facts.AccountBlocked, facts.AccountCleared]


@pytest.mark.parametrize("row", rows("Inactive, and back"), ids="-".join)
def test_the_table_of_the_document(story: Any, row: list[str]) -> None:
    until, inactive_on, paid_on, active_from, charged_from = map(date.fromisoformat, row)
    story.bill(november(1), due_on=november(16))
    story.day(inactive_on)
    assert story.held()[1] == ("paused", inactive_on, None, until)

    story.day(paid_on)
    story.pay(3000)

    assert story.held()[1] == ("active", active_from, None, charged_from)


def test_part_of_it_paid_changes_nothing(story: Any) -> None:
    story.bill(november(1), due_on=november(16))
    story.day(november(16))
    story.pay(2999)
    assert story.state == "blocked"

    story.day(november(26))
    assert story.state == "inactive"
    assert story.told(facts.AccountDeactivated)[0].owed.amount == "0.01"

    story.pay(1)
    assert story.state == "clear"


def test_after_downtime_it_is_as_if_it_had_never_stood_still(story: Any) -> None:
    story.bill(november(1), due_on=november(16))

    story.day(december(20))

    assert story.steps() == [("clear", "blocked", november(16)), ("blocked", "inactive", november(26))]
    assert story.held() == [
        ("disabled", november(1), november(26), december(1)),
        ("paused", november(26), None, december(1)),
    ]
    assert [type(fact) for fact in story.told(*STATES)] == [facts.AccountDeactivated]
    review_due_accounts(story.shop.db)
    assert len(story.steps()) == 2


def test_one_of_two_late_bills_paid_does_not_bring_back(story: Any) -> None:
    story.bill(november(1), due_on=november(10))
    story.bill(november(1), due_on=november(16), minor=1000, code=Code.PRICE_OF_CHANGE)
    with story.shop.db.begin() as session:
        for invoice in session.scalars(select(Invoice).where(Invoice.total_minor == 1000)):
            invoice.kind = "recurring"
    story.day(november(20))
    assert story.state == "inactive"

    story.pay(3000)
    assert story.state == "inactive"

    story.pay(1000)
    assert story.state == "clear"


def test_a_one_time_bill_does_not_block(story: Any) -> None:
    story.bill(november(1), due_on=november(16), minor=6000, code=Code.ONE_TIME)

    story.day(december(20))

    assert (story.state, story.account.balance.minor, story.steps()) == ("clear", -6000, [])


def test_what_is_paused_for_another_reason_stays_so(story: Any) -> None:
    with story.shop.db.begin() as session:
        row = session.scalars(select(Subscription)).one()
        row.status = Status.PAUSED
    story.bill(november(1), due_on=november(16))
    story.day(november(26))
    story.pay(3000)

    assert [status for status, *_ in story.held()] == ["paused"]


def test_a_bundle_comes_back_as_a_bundle(
    shop: Any, travel: Callable[[datetime], None], new_story: Any
) -> None:
    travel(datetime(2026, 10, 20, 12, tzinfo=UTC))
    shop.order(BUNDLE)
    shop.work()
    story = new_story()
    story.day(november(1))
    story.bill(november(1), due_on=november(16), minor=5200)
    story.day(november(26))
    story.day(december(3))
    story.pay(5200)

    with shop.db.read() as session:
        rows = list(session.scalars(select(Subscription).where(Subscription.status == Status.ACTIVE)))
        head = next(row for row in rows if row.kind == "bundle")
        members = {row.name for row in rows if row.bundle_id == head.id}
        segments = {
            row.subscription_id: (row.from_on, row.until_on, row.price_minor)
            for row in session.scalars(select(Segment))
        }
    assert members == {"Fibre 100", "Home phone"}
    assert head.price_minor == 5200
    assert segments[head.id] == (december(3), None, 5200)
    assert head.parent_id is not None
    assert segments[head.parent_id] == (date(2026, 10, 20), november(26), 5200)
    assert story.account.dunning is Dunning.CLEAR


def test_other_settings_act_on_the_day_they_are_made(story: Any) -> None:
    story.settings(process_blocking=False)
    story.bill(november(1), due_on=november(16))
    story.day(december(5))
    assert story.state == "clear"

    story.settings(process_blocking=True)
    story.day(december(5), 13)

    assert story.steps() == [("clear", "blocked", december(5)), ("blocked", "inactive", december(5))]
    assert story.held()[1][:2] == ("paused", december(5))


def test_blocking_that_is_switched_off_is_lifted_at_once(story: Any) -> None:
    story.bill(november(1), due_on=november(16))
    story.day(november(16))
    story.settings(process_blocking=False)

    assert story.state == "clear"


def test_a_weekend_waits_for_monday(story: Any) -> None:
    story.settings(block_on_weekends=False)
    story.bill(november(1), due_on=november(14))

    story.day(november(15))
    assert story.state == "clear"
    story.day(november(16))
    assert story.state == "blocked"
    assert story.steps() == [("clear", "blocked", november(16))]
