"""What a subscription costs for any span of days: golden figures of rules.md 2.4, and what always holds."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.charging import Price, lines, next_period
from billing.domain.line import Code
from shared.money import Money
from shared.periods import Period

DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2032, 12, 31))


def price(
    amount: str,
    *,
    months: int = 1,
    since: date = date(2020, 1, 1),
    until: date | None = None,
    discount: int = 0,
) -> Price:
    return Price(
        plan_id="plan_1",
        plan_version=1,
        name="Fibre",
        kind="internet",
        amount=Money.parse(amount, "EUR"),
        quantity=1,
        months=months,
        vat_basis_points=2300,
        from_on=since,
        until_on=until,
        discount_basis_points=discount,
    )


def amounts(prices: list[Price], first: date, end: date, *, anchor_day: int = 1) -> list[str]:
    found = lines(prices, Period(first, end), anchor_day=anchor_day, code=Code.RECURRING)
    return [line.amount.amount for line in found]


@pytest.mark.parametrize(
    ("amount", "first", "end", "expected"),
    [
        pytest.param("100.00", date(2026, 3, 15), date(2026, 4, 1), ["54.84"], id="P3"),
        pytest.param("50.00", date(2023, 1, 1), date(2023, 1, 14), ["20.97"], id="P4"),
        pytest.param("100.00", date(2023, 9, 7), date(2023, 10, 1), ["80.00"], id="P5"),
        pytest.param("100.00", date(2023, 9, 7), date(2023, 10, 7), ["80.00", "19.35"], id="P6"),
        pytest.param("200.00", date(2026, 10, 20), date(2026, 11, 1), ["77.42"], id="P7"),
    ],
)
def test_the_golden_figures(amount: str, first: date, end: date, expected: list[str]) -> None:
    assert amounts([price(amount)], first, end) == expected


def test_the_day_of_a_change_belongs_to_the_new_price() -> None:
    change = date(2026, 4, 16)
    prices = [price("200.00", until=change), price("100.00", since=change)]

    assert amounts(prices, date(2026, 4, 1), date(2026, 5, 1)) == ["100.00", "50.00"]


def test_a_discount_is_taken_off_before_the_one_rounding() -> None:
    assert amounts([price("9.99", discount=1500)], date(2026, 4, 1), date(2026, 4, 8)) == ["1.98"]


def test_a_quarter_is_one_period() -> None:
    assert next_period(10, date(2026, 1, 10), months=3) == Period(date(2026, 1, 10), date(2026, 4, 10))
    assert amounts([price("90.00", months=3)], date(2026, 1, 10), date(2026, 7, 10), anchor_day=10) == [
        "90.00",
        "90.00",
    ]


def test_a_year_that_starts_on_29_february_keeps_its_day() -> None:
    found = list(
        lines(
            [price("365.00", months=12)],
            Period(date(2024, 2, 29), date(2028, 3, 1)),
            anchor_day=29,
            code=Code.RECURRING,
        )
    )

    assert [line.period.start for line in found if line.period] == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2026, 2, 28),
        date(2027, 2, 28),
        date(2028, 2, 29),
    ]


@given(
    first=DAYS, days=st.integers(1, 400), anchor_day=st.integers(1, 31), months=st.sampled_from([1, 3, 12])
)
def test_every_day_is_charged_exactly_once(first: date, days: int, anchor_day: int, months: int) -> None:
    span = Period(first, first + timedelta(days=days))

    found = [
        line.period
        for line in lines([price("30.00", months=months)], span, anchor_day=anchor_day, code=Code.RECURRING)
    ]

    assert found[0] is not None
    assert found[0].start == span.start
    assert [period.start for period in found[1:] if period] == [period.end for period in found[:-1] if period]
    assert found[-1] is not None
    assert found[-1].end == span.end


@given(first=DAYS, cut=st.integers(1, 27), anchor_day=st.integers(1, 28), cents=st.integers(0, 10**6))
def test_two_parts_of_a_period_cost_what_the_whole_costs_within_a_cent(
    first: date, cut: int, anchor_day: int, cents: int
) -> None:
    whole = next_period(anchor_day, next_period(anchor_day, first, months=1).end, months=1)
    middle = whole.start + timedelta(days=cut)
    rate = [price("0.00")]
    rate = [Price(**{**rate[0].__dict__, "amount": Money(cents, "EUR")})]

    parts = [
        line.amount.minor
        for span in (Period(whole.start, middle), Period(middle, whole.end))
        for line in lines(rate, span, anchor_day=anchor_day, code=Code.RECURRING)
    ]

    assert abs(sum(parts) - cents) <= 1
