"""What holds for every history: each day charged once, in one go or in steps, and books that sum to zero."""

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from billing.domain.billing import Bill, Holding, Terms, bill, next_on
from billing.domain.charging import Price
from billing.models import Invoice, InvoiceLine, JournalEntry, JournalTx, Subscription
from shared.money import Money
from shared.testing import seeds

START = date(2024, 1, 1)
days = st.integers(0, 700).map(lambda n: START + timedelta(days=n))


@st.composite
def holdings(draw: st.DrawFn) -> Holding:
    since, months = draw(days), draw(st.sampled_from([1, 1, 1, 3, 12]))
    until = draw(st.none() | st.integers(1, 800).map(lambda n: since + timedelta(days=n)))
    change = draw(st.none() | st.integers(1, 400).map(lambda n: since + timedelta(days=n)))
    cents = draw(st.integers(0, 20_000))
    prices = [_price(cents, since, change)] + ([_price(cents + 500, change, None)] if change else [])
    return Holding(
        prices=tuple(prices),
        months=months,
        since=since,
        until=until,
        fresh=True,
    )


terms = st.builds(
    Terms, anchor_day=st.integers(1, 28), months=st.integers(0, 12), apart=st.booleans(), zero=st.just(True)
)
accounts = st.lists(holdings(), min_size=1, max_size=3)


@given(held=accounts, terms=terms, later=st.integers(0, 500))
def test_every_day_is_charged_once_and_the_cursor_is_the_first_that_is_not(
    held: list[Holding], terms: Terms, later: int
) -> None:
    first = next_on(held, terms=terms, since=min(each.since for each in held))
    if first is None:
        return

    found = bill(held, (), terms=terms, first_on=first, cut_off=first + timedelta(days=later))

    for place, each in enumerate(held):
        spans = sorted(_spans(found, place))
        assert all(end == start for (_, end), (start, _) in pairwise(spans))
        if spans:
            assert spans[0][0] == each.since
            assert spans[-1][1] == found.cursors[place]
            assert each.until is None or spans[-1][1] <= each.until


@given(held=accounts, terms=terms, steps=st.lists(st.integers(1, 90), min_size=1, max_size=8))
def test_in_steps_or_in_one_go_the_same_days_cost_the_same(
    held: list[Holding], terms: Terms, steps: list[int]
) -> None:
    first = next_on(held, terms=terms, since=min(each.since for each in held))
    if first is None:
        return
    end = first + timedelta(days=sum(steps))

    together = bill(held, (), terms=terms, first_on=first, cut_off=end)

    alone: list[Any] = []
    current, on, day = list(held), first, first
    for step in [0, *steps]:
        day += timedelta(days=step)
        if on is None or on > day:
            continue
        found = bill(current, (), terms=terms, first_on=on, cut_off=day)
        alone += _lines(found)
        current, on = _moved(current, found), found.next_on
    assert sorted(alone) == sorted(_lines(together))
    assert on == together.next_on


@given(held=accounts, terms=terms, later=st.integers(0, 500))
def test_nothing_that_is_due_is_left_behind(held: list[Holding], terms: Terms, later: int) -> None:
    first = next_on(held, terms=terms, since=min(each.since for each in held))
    if first is None:
        return
    end = first + timedelta(days=later)

    found = bill(held, (), terms=terms, first_on=first, cut_off=end)

    assert found.next_on is None or found.next_on > end
    for place, each in enumerate(held):
        paid_to = found.cursors.get(place, each.since)
        if terms.months == 0:
            assert paid_to <= end or paid_to == each.since


@given(held=accounts, terms=terms)
def test_billing_twice_bills_once(held: list[Holding], terms: Terms) -> None:
    first = next_on(held, terms=terms, since=min(each.since for each in held))
    if first is None:
        return
    found = bill(held, (), terms=terms, first_on=first, cut_off=first)

    again = bill(_moved(held, found), (), terms=terms, first_on=first, cut_off=first)

    assert again.documents == ()
    assert again.cursors == {}


@pytest.mark.parametrize("seed", seeds(4))
def test_random_months_of_a_town_keep_its_books(town: Any, seed: int) -> None:
    chance, day = random.Random(seed), date(2026, 12, 1)
    for _ in range(6):
        day += timedelta(days=chance.randint(1, 45))
        with town.db.begin() as session:
            ended = session.get_one(Subscription, f"sub_{chance.randint(1, 7)}")
            ended.ends_on = ended.ends_on or day + timedelta(days=chance.randint(0, 60))
        town.bill_all(day)

    with town.db.read() as session:
        _check(session)


def _check(session: Any) -> None:
    sums = select(func.sum(JournalEntry.amount_minor)).group_by(JournalEntry.tx_id)
    assert set(session.scalars(sums)) == {0}
    for invoice in session.scalars(select(Invoice)):
        assert invoice.total_minor == sum(line.amount_minor for line in invoice.lines)
        assert invoice.tax_minor == sum(line.tax_minor for line in invoice.lines)
        assert 0 <= invoice.open_minor <= invoice.total_minor
        assert session.scalar(select(func.count()).where(JournalTx.ref == invoice.id)) == 1
    numbers = [int(number) for number in session.scalars(select(Invoice.number).order_by(Invoice.number))]
    years = {number // 10**8 for number in numbers}
    for year in years:
        mine = [number for number in numbers if number // 10**8 == year]
        assert mine == list(range(mine[0], mine[0] + len(mine)))
        assert mine[0] % 10**6 == 1
    for subscription in session.scalars(select(Subscription)):
        mine = InvoiceLine.subscription_id == subscription.id
        spans = session.execute(
            select(InvoiceLine.from_on, InvoiceLine.until_on).where(mine).order_by(InvoiceLine.from_on)
        ).all()
        assert all(a.until_on == b.from_on for a, b in pairwise(spans))
        assert not spans or spans[-1].until_on == subscription.charged_through


def _price(cents: int, since: date, until: date | None) -> Price:
    return Price(
        plan_id="plan_1",
        plan_version=1,
        name="Fibre",
        kind="internet",
        amount=Money(cents, "EUR"),
        quantity=1,
        months=1,
        vat_basis_points=2300,
        from_on=since,
        until_on=until,
    )


def _spans(found: Bill, place: int) -> list[tuple[date, date]]:
    return [(start, end) for mine, start, end, _ in _lines(found) if mine == place]


def _lines(found: Bill) -> list[tuple[Any, ...]]:
    return [
        (item.place, item.line.period.start, item.line.period.end, item.line.amount.minor)
        for each in found.documents
        for item in each.items
        if item.line.period
    ]


def _moved(held: list[Holding], found: Bill) -> list[Holding]:
    return [replace(each, since=found.cursors.get(place, each.since)) for place, each in enumerate(held)]
