"""The tables of docs/algorithms/prepaid.md, read from it, and what holds for every price, day and credit."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.domain.bucket import Lot, rollover_expiry, spend, unused
from billing.domain.prepaid import (
    Service,
    anchor,
    charges,
    day_price,
    lasting,
    month_of,
    next_step,
    payable,
    period,
    returning,
)
from billing.domain.top_up import credit_after, limits
from shared.money import Money, total
from shared.periods import Period, boundary

PAGE = Path(__file__).parents[3] / "docs" / "algorithms" / "prepaid.md"
DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2032, 12, 31))
PRICES = st.integers(min_value=0, max_value=10**7)


def table(heading: str, n: int = 0) -> list[list[str]]:
    """
    Return the rows of the n-th table below a heading of the page.
    """
    section = PAGE.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(r"(?:^\|.*\|\n?)+", section, re.MULTILINE)[n]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found.strip().splitlines()]
    return rows[2:]


def eur(amount: str) -> Money:
    return Money.parse(amount, "EUR")


def minor(amount: int) -> Money:
    return Money(amount, "EUR")


def steps(text: str) -> list[tuple[str, Money]]:
    return [(name, eur(amount)) for name, amount in (part.split() for part in text.split(", "))]


def names(text: str) -> list[str]:
    return [] if text == "none" else text.split(", ")


@pytest.mark.parametrize("row", table("Periods"), ids=lambda row: " ".join(row[:2]))
def test_periods_begin_on_their_day(row: list[str]) -> None:
    start, (count, unit) = date.fromisoformat(row[0]), row[1].split()
    days, months = (int(count), 1) if unit == "days" else (0, int(count))
    begins = [start]
    for _ in range(4):
        begins.append(period(begins[-1], anchor_day=start.day, months=months, days=days).end)

    assert ", ".join(each.isoformat() for each in begins) == row[2]


@pytest.mark.parametrize("row", table("Days"), ids=lambda row: " ".join(row[:2]))
def test_days_add_up_to_their_month(row: list[str]) -> None:
    price, first = eur(row[0]), date.fromisoformat(row[1])
    month = month_of(first.day, first)
    days = [day_price(price, first + timedelta(days=k), month) for k in range(month.days)]
    alone = price.share(1, month.days) * month.days

    assert [each.amount for each in (*days[:4], days[-1], total(days, "EUR"), alone)] == row[2:]


@pytest.mark.parametrize("row", table("Renewal"), ids=lambda row: f"{row[0]} for {row[1]}")
def test_the_credit_pays_in_order(row: list[str]) -> None:
    due = steps(row[1])
    paid = payable(due, eur(row[0]))
    after = eur(row[0]) - total([amount for name, amount in due if name in paid], "EUR")

    assert paid == names(row[2])
    assert [name for name, _ in due if name not in paid] == names(row[3])
    assert after.amount == row[4]


@pytest.mark.parametrize("row", table("Renewal", 1), ids=lambda row: f"{row[0]} {row[2]}")
def test_paused_services_come_back(row: list[str]) -> None:
    assert returning(steps(row[1]), eur(row[0]), some=row[2] == "one by one") == names(row[3])


@pytest.mark.parametrize("row", table("How long the credit lasts"), ids=lambda row: f"{row[1]}, {row[2]}")
def test_the_credit_lasts_until(row: list[str]) -> None:
    found = lasting([service(row[2])], eur(row[1]), today=date.fromisoformat(row[0]))

    assert found is not None
    assert (str(found.days), found.until_on.isoformat(), found.more) == (row[3], row[4], False)


def service(words: str) -> Service:
    price, how, paid = re.fullmatch(r"(\S+) (.*), paid until (\S+)", words).groups()  # type: ignore[union-attr]
    first_unpaid = date.fromisoformat(paid) + timedelta(days=1)
    days = int(how.split()[1]) if how.startswith("for ") else 0
    daily = how == "by the day"
    return Service(
        id="A",
        price=eur(price),
        paid_until=first_unpaid,
        anchor_day=1 if daily else first_unpaid.day,
        days=days,
        daily=daily,
    )


@pytest.mark.parametrize("row", table("Data"), ids=lambda row: row[0])
def test_data_that_ends_first_is_spent_first(row: list[str]) -> None:
    lots = [lot(text) for text in row[0].split(", ")]
    spent = spend(lots, int(row[1]), day=date(2026, 11, 20))

    assert ", ".join(f"{name} {amount}" for name, amount in spent.taken) == row[2]
    assert str(spent.uncovered_mb) == row[3]


def lot(text: str) -> Lot:
    name, left, last = text.split()
    since = date(2026, 11, 1) if name == "A" else date(2026, 11, 2)
    return Lot(
        id=name,
        left_mb=int(left),
        from_on=since,
        expires_on=None if last == "never" else date.fromisoformat(last),
    )


@pytest.mark.parametrize("row", table("Data", 1), ids=lambda row: f"{row[0]} {row[2]}")
def test_rolled_over_data_ends(row: list[str]) -> None:
    changed = date.fromisoformat(row[0])
    running = Period(changed, date.fromisoformat(row[1]) + timedelta(days=1))
    expires = rollover_expiry(row[2], changed_on=changed, running=running)

    assert (expires.isoformat() if expires else "for ever") == row[3]


@given(price=PRICES, day=DAYS, anchor_day=st.integers(1, 28), months=st.sampled_from([1, 3, 6, 12]))
def test_every_month_of_days_sums_to_its_price(price: int, day: date, anchor_day: int, months: int) -> None:
    whole = month_of(anchor_day, day, months=months)
    days = [day_price(minor(price), whole.start + timedelta(days=k), whole) for k in range(whole.days)]

    assert day in whole
    assert sum(each.minor for each in days) == price
    assert max(each.minor for each in days) - min(each.minor for each in days) <= 1


@given(day=DAYS, anchor_day=st.integers(1, 31), months=st.sampled_from([1, 3, 6, 12]))
def test_the_anchor_never_drifts(day: date, anchor_day: int, months: int) -> None:
    start = boundary(anchor_day, day.year, day.month)
    following = period(start, anchor_day=anchor_day, months=months)

    assert following.end == boundary(anchor_day, start.year, start.month + months)
    assert anchor(anchor_day, following.end) == anchor_day


@settings(deadline=None)
@given(start=DAYS, days=st.integers(3, 365), ends_after=st.integers(0, 800), price=PRICES)
def test_periods_follow_each_other_to_the_last_day(
    start: date, days: int, ends_after: int, price: int
) -> None:
    service = Service(
        id="A",
        price=minor(price),
        paid_until=start,
        anchor_day=start.day,
        days=days,
        ends_on=start + timedelta(days=ends_after),
    )
    paid = list(charges([service], "EUR"))

    assert [day for day, _ in paid] == [start + timedelta(days=k * days) for k in range(len(paid))]
    assert (len(paid) - 1) * days <= ends_after < len(paid) * days
    assert all(amount.minor == price for _, amount in paid[:-1])
    assert paid[-1][1] == minor(price).share(ends_after + 1 - (len(paid) - 1) * days, days)


@given(amounts=st.lists(PRICES, max_size=6), credit=PRICES)
def test_no_more_is_paid_than_there_is(amounts: list[int], credit: int) -> None:
    due = [(str(n), minor(amount)) for n, amount in enumerate(amounts)]
    paid = payable(due, minor(credit))
    left = credit - sum(amounts[int(name)] for name in paid)

    assert left >= 0
    assert all(amounts[int(name)] > left for name, _ in due if name not in paid)
    assert returning(due, minor(credit), some=False) in ([], [name for name, _ in due])
    assert returning(due, minor(credit), some=True) == paid


@settings(deadline=None)
@given(credit=st.integers(0, 20_000), price=st.integers(1, 10_000), today=DAYS, anchor_day=st.integers(1, 28))
def test_the_days_left_are_those_that_can_be_paid(
    credit: int, price: int, today: date, anchor_day: int
) -> None:
    daily = Service(id="A", price=minor(price), paid_until=today, anchor_day=anchor_day, daily=True)
    found = lasting([daily], minor(credit), today=today)
    assert found is not None

    prices = [day_price(minor(price), day, month_of(anchor_day, day)) for day in days_from(today, found.days)]
    following = today + timedelta(days=found.days)
    assert sum(each.minor for each in prices) <= credit
    assert found.until_on == following - timedelta(days=1)
    if not found.more:
        beyond = day_price(minor(price), following, month_of(anchor_day, following))
        assert sum(each.minor for each in prices) + beyond.minor > credit


def days_from(start: date, count: int) -> list[date]:
    return [start + timedelta(days=k) for k in range(count)]


def test_what_costs_nothing_lasts_without_a_figure() -> None:
    free = Service(id="A", price=minor(0), paid_until=date(2026, 11, 20), anchor_day=20)

    assert lasting([free], minor(500), today=date(2026, 11, 20)) is None
    assert lasting([], minor(500), today=date(2026, 11, 20)) is None


def test_a_service_that_ends_is_paid_to_its_last_day() -> None:
    service = Service(
        id="A",
        price=eur("31.00"),
        paid_until=date(2026, 12, 1),
        anchor_day=1,
        ends_on=date(2026, 12, 10),
    )

    assert next_step(service).amount == eur("10.00")
    assert [day for day, _ in charges([service], "EUR")] == [date(2026, 12, 1)]


LOTS = st.lists(
    st.builds(
        Lot,
        id=st.uuids().map(str),
        left_mb=st.integers(0, 1000),
        from_on=DAYS,
        expires_on=st.none() | DAYS,
    ),
    max_size=6,
)


@given(lots=LOTS, amount=st.integers(0, 5000), day=DAYS)
def test_usage_is_taken_or_noted_and_no_lot_goes_below_zero(lots: list[Lot], amount: int, day: date) -> None:
    spent = spend(lots, amount, day=day)
    by_id = {each.id: each for each in lots}

    assert sum(part for _, part in spent.taken) + spent.uncovered_mb == amount
    assert all(0 < part <= by_id[name].left_mb and by_id[name].usable(day) for name, part in spent.taken)
    if spent.uncovered_mb:
        assert sum(part for _, part in spent.taken) == unused(lots, day=day)


@pytest.mark.parametrize("row", table("Topping up"), ids=lambda row: row[0])
def test_what_is_needed_can_always_be_paid_at_once_and_less_is_not_offered(row: list[str]) -> None:
    needed = None if row[0] == "nothing" else eur(row[0])
    sums = [eur(each) for each in ("10.00", "20.00", "40.00")]

    found = limits(eur("5.00"), eur("200.00"), sums, needed=needed)

    assert (found.low.amount, found.high.amount) == (row[1], row[2])
    assert ", ".join(each.amount for each in found.suggested) == row[3]


@pytest.mark.parametrize("row", table("Topping up", 1), ids=lambda row: " ".join(row))
def test_what_is_owed_is_paid_first(row: list[str]) -> None:
    amount, credit, owed = (eur(each) for each in row[:3])
    after = credit_after(amount, credit=credit, owed=owed, use_credit=row[3] == "on")
    assert after.amount == row[4]
