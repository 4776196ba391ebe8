"""Late payment as arithmetic: the dates ahead and the state at a moment (docs/algorithms/dunning.md)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.dunning import (
    SEVERITY,
    Case,
    Document,
    Dunning,
    Outlook,
    moment,
    next_look,
    outlook,
    path,
    state,
    verdict,
    working_day,
)
from billing.domain.settings import BillingSettings

FIRST = date(2026, 11, 1)
DUE = date(2026, 11, 16)
INACTIVE = date(2026, 11, 26)


DOCUMENT = Path(__file__).parents[4] / "docs/algorithms/dunning.md"


def rows(heading: str) -> list[list[str]]:
    """
    Return the cells of the first table under a heading of the document.
    """
    text = DOCUMENT.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def bill(issued_on: date = FIRST, due_on: date = DUE, minor: int = 5800, **more: Any) -> Document:
    return Document(issued_on=issued_on, due_on=due_on, open_minor=minor, **more)


def case(*documents: Document, zone: str = "UTC", balance: int | None = None, **settings: Any) -> Case:
    known = documents or (bill(),)
    owed = sum(document.open_minor for document in known)
    return Case(
        documents=known,
        balance_minor=-owed if balance is None else balance,
        settings=BillingSettings(**settings),
        timezone=zone,
    )


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_the_golden_dates() -> None:
    assert outlook(case()) == Outlook(since_on=FIRST, due_on=DUE, blocked_on=DUE, inactive_on=INACTIVE)
    days = [(day, state(case(), at(date(2026, 11, day), 0)).value) for day in (15, 16, 25, 26)]
    assert days == [(15, "clear"), (16, "blocked"), (25, "blocked"), (26, "inactive")]


@pytest.mark.parametrize("row", rows("The days ahead"), ids="-".join)
def test_the_table_of_the_document(row: list[str]) -> None:
    def days(text: str) -> int | None:
        return None if text == "never" else int(text)

    settings = {
        "block_after": days(row[2]),
        "deactivate_after": days(row[3]),
        "block_on_weekends": row[4] == "yes",
    }
    issued_on = date.fromisoformat(row[0])
    found = outlook(case(bill(issued_on, issued_on + timedelta(days=int(row[1]))), **settings))

    assert [str(day) if day else "never" for day in (found.due_on, found.blocked_on, found.inactive_on)] == (
        row[5:]
    )


@pytest.mark.parametrize(
    ("settings", "blocked_on", "inactive_on"),
    [
        pytest.param({"block_after": 5}, date(2026, 11, 21), date(2026, 12, 1), id="blocks later"),
        pytest.param({"block_after": 99}, date(2027, 2, 23), date(2027, 3, 5), id="the latest block"),
        pytest.param({"deactivate_after": 1}, DUE, date(2026, 11, 17), id="inactive the next day"),
        pytest.param({"deactivate_after": None}, DUE, None, id="never inactive"),
        pytest.param({"process_deactivation": False}, DUE, None, id="deactivation off"),
        pytest.param({"block_after": None}, None, None, id="never blocked, so never inactive"),
        pytest.param({"process_blocking": False}, None, None, id="blocking off, so deactivation is"),
        pytest.param(
            {"block_after": 5, "block_on_weekends": False},
            date(2026, 11, 23),
            date(2026, 12, 3),
            id="Saturday waits for Monday, and the rest is counted from there",
        ),
        pytest.param(
            {"deactivate_after": 12, "block_on_weekends": False},
            DUE,
            date(2026, 11, 30),
            id="Saturday the 28th waits for Monday too",
        ),
        pytest.param(
            {"holidays": ("2026-11-16", "2026-11-17")},
            date(2026, 11, 18),
            date(2026, 11, 28),
            id="two holidays",
        ),
        pytest.param(
            {"block_after": 4, "block_on_weekends": False, "holidays": ("2026-11-20",)},
            date(2026, 11, 23),
            date(2026, 12, 3),
            id="a holiday on a Friday",
        ),
    ],
)
def test_settings_move_the_dates(
    settings: dict[str, Any], blocked_on: date | None, inactive_on: date | None
) -> None:
    ahead = outlook(case(**settings))

    assert (ahead.due_on, ahead.blocked_on, ahead.inactive_on) == (DUE, blocked_on, inactive_on)


@pytest.mark.parametrize(
    ("balance", "minimum", "counts"),
    [(-5800, 0, True), (0, 0, False), (-5800, -5800, False), (-5801, -5800, True), (100, 101, True)],
)
def test_a_balance_that_is_high_enough_blocks_nobody(balance: int, minimum: int, counts: bool) -> None:
    found = outlook(case(balance=balance, min_balance_minor=minimum))

    assert (found.due_on is not None) is counts


def test_a_one_time_bill_blocks_only_where_it_may() -> None:
    one_time = bill(one_time=True)

    assert outlook(case(one_time)) == Outlook()
    assert outlook(case(one_time, block_by_one_time=True)).blocked_on == DUE


def test_part_of_a_bill_paid_changes_nothing() -> None:
    assert outlook(case(bill(minor=1))).blocked_on == DUE


def test_the_oldest_due_bill_decides() -> None:
    newer = bill(date(2026, 12, 1), date(2026, 12, 16))

    assert outlook(case(newer, bill())).due_on == DUE
    assert outlook(case(newer)).due_on == date(2026, 12, 16)


def test_bills_a_person_excused_do_not_count() -> None:
    newer = bill(date(2026, 12, 1), date(2026, 12, 16))
    excused = replace(case(bill(), newer), excused_on=date(2026, 11, 20))

    assert outlook(excused).due_on == date(2026, 12, 16)
    assert state(excused, at(INACTIVE)) is Dunning.CLEAR


@pytest.mark.parametrize(
    ("present", "rest", "settings", "expected"),
    [
        pytest.param("blocked", None, {}, "clear", id="all paid"),
        pytest.param("inactive", None, {}, "clear", id="all paid after deactivation"),
        pytest.param("inactive", DUE, {}, "inactive", id="one of two late bills paid: not half-way back"),
        pytest.param("blocked", DUE, {"block_after": 9}, "blocked", id="late, within the days of grace"),
        pytest.param("blocked", date(2026, 12, 16), {}, "clear", id="the rest is not due"),
        pytest.param("blocked", DUE, {"process_blocking": False}, "clear", id="blocking switched off"),
        pytest.param("inactive", DUE, {"process_blocking": False}, "inactive", id="comes back by paying"),
    ],
)
def test_only_nothing_overdue_lifts(
    present: str, rest: date | None, settings: dict[str, Any], expected: str
) -> None:
    left = [bill(due_on=rest)] if rest else [bill(minor=0)]

    found = verdict(case(*left, **settings), at(date(2026, 11, 18)), present=Dunning(present))

    assert found.value == expected


def test_the_blocking_hour_of_the_local_day() -> None:
    tokyo = case(zone="Asia/Tokyo", blocking_hour=6)
    block = datetime(2026, 11, 15, 21, tzinfo=UTC)  # 06:00 on the 16th in Tokyo

    assert state(tokyo, block - timedelta(microseconds=1)) is Dunning.CLEAR
    assert state(tokyo, block) is Dunning.BLOCKED
    assert next_look(tokyo, block - timedelta(hours=1)) == DUE
    assert next_look(tokyo, block) == INACTIVE
    assert next_look(tokyo, block + timedelta(days=10)) is None


@pytest.mark.parametrize(
    ("zone", "day", "hour", "expected"),
    [
        ("Europe/Prague", date(2026, 3, 29), 2, datetime(2026, 3, 29, 1, tzinfo=UTC)),  # skipped: at 03:00
        ("Europe/Prague", date(2026, 10, 25), 2, datetime(2026, 10, 25, 0, tzinfo=UTC)),  # the first 02:00
        ("Pacific/Kiritimati", date(2026, 11, 16), 0, datetime(2026, 11, 15, 10, tzinfo=UTC)),
        ("Pacific/Pago_Pago", date(2026, 11, 16), 0, datetime(2026, 11, 16, 11, tzinfo=UTC)),
        ("Africa/Cairo", date(2026, 4, 24), 0, datetime(2026, 4, 23, 22, tzinfo=UTC)),  # midnight is skipped
    ],
)
def test_an_hour_begins_once_whatever_the_clocks_do(
    zone: str, day: date, hour: int, expected: datetime
) -> None:
    assert moment(day, hour, zone) == expected


def test_money_on_its_way_holds_a_step_back_for_a_day() -> None:
    block = moment(DUE, 0, "UTC")
    started = block - timedelta(minutes=5)
    paying = case(bill(paying_since=started))

    assert state(paying, block + timedelta(hours=23)) is Dunning.CLEAR
    assert state(paying, started + timedelta(days=1)) is Dunning.BLOCKED
    assert next_look(paying, block) == date(2026, 11, 16)


def test_money_sent_after_the_step_lifts_only_when_it_arrives() -> None:
    late = case(bill(paying_since=moment(DUE, 0, "UTC") + timedelta(hours=1)))

    assert verdict(late, at(DUE), present=Dunning.BLOCKED) is Dunning.BLOCKED


def test_a_step_up_is_taken_one_by_one_and_down_at_once() -> None:
    clear, blocked, inactive = SEVERITY

    assert path(clear, inactive) == [(clear, blocked), (blocked, inactive)]
    assert path(inactive, clear) == [(inactive, clear)]
    assert path(blocked, blocked) == []


DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2031, 12, 31))
ZONES = st.sampled_from(
    ["UTC", "Europe/Prague", "America/Havana", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Cairo"]
)
SETTINGS = st.builds(
    BillingSettings,
    process_blocking=st.booleans(),
    block_after=st.none() | st.integers(0, 99),
    process_deactivation=st.booleans(),
    deactivate_after=st.none() | st.integers(1, 99),
    min_balance_minor=st.integers(-5000, 5000),
    blocking_hour=st.integers(0, 23),
    block_on_weekends=st.booleans(),
    holidays=st.lists(DAYS.map(date.isoformat), max_size=5).map(tuple),
    block_by_one_time=st.booleans(),
)
INSTANTS = st.integers(0, 8 * 366 * 86_400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
BILLS = st.builds(
    lambda issued_on, days, minor, one_time, since: Document(
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=days),
        open_minor=minor,
        one_time=one_time,
        paying_since=since,
    ),
    DAYS,
    st.integers(1, 60),
    st.integers(0, 10_000),
    st.booleans(),
    st.none() | INSTANTS,
)
CASES = st.builds(
    Case,
    documents=st.lists(BILLS, max_size=4),
    balance_minor=st.integers(-20_000, 6000),
    settings=SETTINGS,
    timezone=ZONES,
    excused_on=st.none() | DAYS,
)


@given(CASES, INSTANTS, INSTANTS)
def test_it_only_gets_worse_while_no_money_moves(known: Case, one: datetime, other: datetime) -> None:
    early, late = sorted((one, other))

    assert SEVERITY.index(state(known, early)) <= SEVERITY.index(state(known, late))


@given(CASES, st.lists(INSTANTS, max_size=6), INSTANTS)
def test_it_does_not_matter_how_often_or_when_one_looked(
    known: Case, looks: list[datetime], last: datetime
) -> None:
    present = Dunning.CLEAR
    for look in sorted(each for each in looks if each <= last):
        present = verdict(known, look, present=present)

    assert verdict(known, last, present=present) is state(known, last)


@given(CASES, INSTANTS)
def test_looking_on_the_days_it_names_misses_no_step(known: Case, start: datetime) -> None:
    present, end = state(known, start), start + timedelta(days=4000)
    look = next_look(known, start)
    seen = [present]
    now = start
    for _ in range(20):
        if look is None:
            break
        now = max(now, moment(look, 0, known.timezone)) + timedelta(hours=1)
        present = verdict(known, now, present=present)
        seen.append(present)
        look = next_look(known, now)

    assert look is not None or present is state(known, end)
    assert seen == sorted(seen, key=SEVERITY.index)


@given(DAYS, SETTINGS)
def test_a_working_day_is_the_next_one_that_is_not_free(day: date, settings: BillingSettings) -> None:
    found = working_day(day, settings)

    assert found >= day
    assert found.isoformat() not in settings.holidays
    assert settings.block_on_weekends or found.weekday() < 5


@given(CASES)
def test_the_days_ahead_are_in_order(known: Case) -> None:
    ahead = outlook(known)
    days = [day for day in (ahead.due_on, ahead.blocked_on, ahead.inactive_on) if day]

    assert days == sorted(days)
    assert ahead.blocked_on is not None or ahead.inactive_on is None
