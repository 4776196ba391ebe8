"""A service pauses: free days leave no bill and no credit twice, and it comes back by itself."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from billing.domain.pause import FiguresChanged, PauseBegun, PauseOver, PauseState
from billing.domain.subscription import Status
from billing.models import Pause
from billing.usecases.book_end import book_end
from billing.usecases.book_pause import Rest
from billing.usecases.end_subscriptions import end_subscriptions
from billing.usecases.work_pauses import work_pauses
from services.billing.tests.changing import FAST, Changes, charged_days, waiting
from services.billing.tests.pausing import (
    TWENTY_SECOND,
    TWENTY_SIXTH,
    approved,
    back,
    bill,
    credits,
    days,
    find,
    noon,
    pause,
    undo,
)
from shared import clock
from shared.contracts import billing as facts
from shared.errors import Invalid
from shared.money import Money
from shared.testing import told

DOCUMENT = Path(__file__).parents[3] / "docs/algorithms/pauses.md"
PERMISSIONS = ("orders.view", "orders.approve", "invoices.view")


@pytest.fixture
def changes(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    """
    Fibre 100 at 30.00 since 1 November, approved, billed and paid for November; it is the 20th.
    """
    return approved(Changes(shop, travel))


def rows() -> list[list[str]]:
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| 2026-")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def on(day: str) -> date | None:
    return date.fromisoformat(day) if day not in ("", "open") else None


@pytest.mark.parametrize("daily", [True, False], ids=["daily", "on billing days"])
@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]}-{row[1]}-{row[2]}")
def test_a_pause_costs_what_its_page_says(changes: Changes, row: list[str], daily: bool) -> None:
    first, last, by_hand = on(row[0]), on(row[1]), on(row[2])
    assert first
    held = changes.active().id
    pause(changes, Rest(from_on=first, last_on=last))
    bills = []
    for day in days(date(2026, 11, 21), date(2027, 1, 1)):
        if daily or day == by_hand:
            noon(changes, day)
        if day == by_hand:
            back(changes, held, day)
        if day.day == 1:
            bills.append(bill(changes, day))

    assert [f"{cents / 100:.2f}" for cents in (sum(credits(changes)), *bills)] == row[3:]
    free = set(days(first, by_hand - timedelta(days=1) if by_hand else last or first))
    assert charged_days(changes) == [
        day for day in days(date(2026, 11, 1), date(2027, 1, 31)) if day not in free
    ]
    assert (find(changes, held).status, changes.journal()[1]) == (Status.ACTIVE, 0)


def test_it_rests_from_midnight_and_comes_back_by_itself(changes: Changes) -> None:
    held = changes.active().id
    pause(changes, Rest(from_on=TWENTY_SECOND, last_on=TWENTY_SIXTH, message="Enjoy it."))
    changes.travel(datetime(2026, 11, 21, 23, 59, tzinfo=UTC))
    assert (work_pauses(changes.db), credits(changes)) == (0, [])

    changes.travel(datetime(2026, 11, 22, 0, 1, tzinfo=UTC))
    assert [work_pauses(changes.db) for _ in range(2)] == [1, 0]
    assert (find(changes, held).status, credits(changes), changes.balance()) == (Status.PAUSED, [500], 500)

    changes.travel(datetime(2026, 11, 27, 0, 1, tzinfo=UTC))
    assert [work_pauses(changes.db) for _ in range(2)] == [1, 0]
    assert (find(changes, held).status, credits(changes)) == (Status.ACTIVE, [500])
    heard = [fact for fact in told(changes.db) if "paus" in fact.fact_name or "resum" in fact.fact_name]
    assert [type(fact) for fact in heard] == [
        facts.SubscriptionPauseBooked,
        facts.SubscriptionPaused,
        facts.SubscriptionResumed,
    ]
    assert isinstance(heard[0], facts.SubscriptionPauseBooked)
    assert (heard[0].message, heard[0].last_on) == ("Enjoy it.", TWENTY_SIXTH)
    assert isinstance(heard[1], facts.SubscriptionPaused)
    assert heard[1].credited == Money.parse("5.00", "EUR")


def test_a_billed_pause_moves_no_money(changes: Changes) -> None:
    held = changes.active().id
    pause(changes, Rest(from_on=TWENTY_SECOND, last_on=date(2026, 12, 10), billed=True))
    noon(changes, TWENTY_SECOND)
    assert find(changes, held).status is Status.PAUSED

    assert bill(changes, date(2026, 12, 1)) == 3000
    noon(changes, date(2026, 12, 11))
    assert (find(changes, held).status, credits(changes), waiting(changes)) == (Status.ACTIVE, [], 0)


def test_undoing_charges_what_bills_left_out_meanwhile(changes: Changes) -> None:
    held = changes.active().id
    pause(changes, Rest(from_on=date(2026, 12, 5), last_on=date(2026, 12, 14)))
    assert bill(changes, date(2026, 12, 1)) == 2032
    undo(changes, held)
    undo(changes, held)
    assert waiting(changes) == 968  # 30.00 / 31 days x 10 days
    assert bill(changes, date(2027, 1, 1)) == 3968
    assert charged_days(changes) == days(date(2026, 11, 1), date(2027, 1, 31))

    pause(changes, Rest(from_on=date(2027, 1, 2)))
    noon(changes, date(2027, 1, 2))
    with pytest.raises(PauseBegun):
        undo(changes, held)


def test_another_last_day_gives_back_more_or_charges_again(changes: Changes) -> None:
    held = changes.active().id
    pause(changes)
    with pytest.raises(PauseOver):
        back(changes, held, date(2026, 11, 30))
    noon(changes, date(2026, 11, 24))
    with pytest.raises(FiguresChanged):
        back(changes, held, date(2026, 11, 30), shown=Money.parse("-2.00", "EUR"))
    assert credits(changes) == [500]

    moved = back(changes, held, date(2026, 11, 30), shown=Money.parse("-3.00", "EUR"))
    assert (moved.state, credits(changes)) == (PauseState.RUNNING, [500, 300])
    noon(changes, date(2026, 11, 28))
    back(changes, held, date(2026, 11, 29))  # tomorrow already
    assert (waiting(changes), find(changes, held).status) == (100, Status.PAUSED)
    noon(changes, date(2026, 11, 29))
    assert find(changes, held).status is Status.ACTIVE
    assert charged_days(changes) == [
        *days(date(2026, 11, 1), date(2026, 11, 21)),
        date(2026, 11, 29),
        date(2026, 11, 30),
    ]


def test_the_first_day_of_a_pause_is_free_whatever_happens(changes: Changes) -> None:
    held = changes.active().id
    pause(changes)
    noon(changes, TWENTY_SECOND)
    with pytest.raises(Invalid) as refused:
        back(changes, held, TWENTY_SECOND)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("#/back_on", "too_early")]


def test_days_that_went_back_do_not_go_back_again(changes: Changes) -> None:
    changes.settings(refund="unused_money")
    held = changes.active().id
    pause(changes, Rest(from_on=date(2026, 11, 21), last_on=TWENTY_SECOND))
    noon(changes, date(2026, 11, 21))
    noon(changes, date(2026, 11, 23))
    pause(changes, Rest(from_on=date(2026, 11, 25), last_on=date(2026, 11, 28)))
    noon(changes, date(2026, 11, 25))
    with changes.db.begin() as session:
        book_end(
            session,
            subscription_id=held,
            last_on=TWENTY_SIXTH,
            reason="",
            partner_ids=None,
            now=clock.now(),
        )
    noon(changes, date(2026, 11, 27))
    assert end_subscriptions(changes.db) == 1

    assert credits(changes) == [200, 400, 200]  # 21 and 22, 25 to 28, 29 and 30 November
    assert [each.state for each in changes.all(Pause)] == [PauseState.OVER] * 2
    assert charged_days(changes) == [
        *days(date(2026, 11, 1), date(2026, 11, 20)),
        *days(date(2026, 11, 23), date(2026, 11, 24)),
    ]


def test_a_change_of_plan_after_a_pause_credits_what_is_left(changes: Changes) -> None:
    changes.settings(refund="unused_money")
    pause(changes, Rest(from_on=TWENTY_SECOND, last_on=date(2026, 11, 24)))
    noon(changes, TWENTY_SECOND)
    noon(changes, date(2026, 11, 25))
    changes.change(FAST, TWENTY_SIXTH)
    changes.pass_time(datetime(2026, 11, 26, 1, tzinfo=UTC))

    assert credits(changes) == [300, 500]


def test_in_arrears_the_days_are_left_out(changes: Changes) -> None:
    changes.settings(collection="postpay")
    pause(changes, Rest(from_on=date(2026, 12, 5), last_on=date(2026, 12, 14)))
    noon(changes, date(2026, 12, 5))
    noon(changes, date(2026, 12, 15))

    assert (bill(changes, date(2027, 1, 1)), credits(changes)) == (2032, [])
