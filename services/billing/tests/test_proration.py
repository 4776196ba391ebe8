"""The tables of docs/algorithms/proration.md, and what holds for every price and day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.approval import InvoicedLine, unused
from billing.domain.basket import Calendar, Terms, lines_of, price, tax_included, with_tax
from billing.domain.explanation import in_english
from billing.domain.line import covered, credit, spread, tax_of_credit
from shared.errors import Invalid
from shared.money import Money
from shared.periods import Period, nominal

RECURRING = Calendar(billing_type="recurring", billing_day=1)
ON_THE_TENTH = Calendar(billing_type="recurring", billing_day=10)
NEW_YEAR = date(2026, 1, 1)


def eur(amount: str) -> Money:
    return Money.parse(amount, "EUR")


def terms(amount: str, **more: object) -> Terms:
    values: dict[str, object] = {
        "plan_id": "plan_a",
        "version": 1,
        "kind": "internet",
        "name": "Fibre",
        "price": eur(amount),
        "interval_months": 1,
        "activation_fee": eur("0"),
        "vat_basis_points": 2300,
        "max_quantity": 1,
    }
    return Terms(**(values | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "start", "expected", "words"),
    [
        ("30.00", date(2026, 11, 20), "11.00", "30.00 / 30 days x 11 days (20 to 30 Nov)"),
        ("52.00", date(2026, 11, 20), "19.07", "52.00 / 30 days x 11 days (20 to 30 Nov)"),
        ("100.00", date(2023, 3, 15), "54.84", "100.00 / 31 days x 17 days (15 to 31 Mar)"),
        ("30.00", date(2026, 7, 1), "30.00", "30.00 for 1 to 31 Jul"),
        ("30.00", date(2026, 11, 30), "1.00", "30.00 / 30 days x 1 day (30 Nov)"),
    ],
)
def test_the_first_period_reaches_to_the_billing_day(
    amount: str, start: date, expected: str, words: str
) -> None:
    (line,) = lines_of(terms(amount), 1, calendar=RECURRING, start=start)

    assert (line.amount.amount, in_english(line)) == (expected, words)


@pytest.mark.parametrize(
    ("calendar", "start", "months", "first", "then"),
    [
        (
            ON_THE_TENTH,
            date(2026, 11, 9),
            1,
            "1.00",
            date(2026, 11, 10),
        ),
        (
            ON_THE_TENTH,
            date(2026, 11, 10),
            1,
            "31.00",
            date(2026, 12, 10),
        ),
        (Calendar(billing_type="prepaid", billing_day=1), date(2026, 1, 31), 1, "31.00", date(2026, 2, 28)),
        (RECURRING, date(2026, 2, 1), 12, "31.00", date(2027, 2, 1)),
        (RECURRING, date(2024, 2, 29), 3, "21.36", date(2024, 5, 1)),
    ],
    ids=["last day", "billing day", "prepaid", "a year", "a quarter"],
)
def test_periods_follow_the_calendar_of_the_account(
    calendar: Calendar, start: date, months: int, first: str, then: date
) -> None:
    lines, follows = price(
        [(terms("31.00", interval_months=months), 1)], calendar=calendar, start=start, currency="EUR"
    )

    assert lines[0].amount.amount == first
    assert follows is not None
    assert follows.from_on == then


@pytest.mark.parametrize(
    ("amount", "expected"), [("31.00", "13.00"), ("50.00", "20.97"), ("100.00", "41.94")]
)
def test_thirteen_days_of_january_are_unused(amount: str, expected: str) -> None:
    january = Period(date(2023, 1, 1), date(2023, 2, 1))
    line = InvoicedLine(
        id="inl", price=eur(amount), quantity=1, period=january, nominal_days=31, left=eur(amount)
    )

    found = unused(line, start=date(2023, 1, 14))

    assert found is not None
    assert (found.days, found.amount.amount) == (13, expected)


def test_rounding_comes_last() -> None:
    assert covered(eur("200.00"), 1, days=12, nominal_days=31) == eur("77.42")  # not 6.45 x 12 = 77.40


@pytest.mark.parametrize("quantity", [0, -1, 6, 10**9])
def test_a_quantity_out_of_bounds_is_refused(quantity: int) -> None:
    with pytest.raises(Invalid) as refused:
        price(
            [(terms("60.00", max_quantity=5), quantity)],
            calendar=RECURRING,
            start=date(2026, 1, 1),
            currency="EUR",
        )

    assert refused.value.errors[0].pointer == "#/items/0/quantity"


def test_an_empty_basket_is_refused() -> None:
    with pytest.raises(Invalid):
        price([], calendar=RECURRING, start=date(2026, 1, 1), currency="EUR")


prices = st.integers(0, 100_000).map(lambda minor: Money(minor, "EUR"))
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(amount=prices, day=days, anchor=st.integers(1, 31), at=st.integers(0, 400))
def test_used_and_unused_make_the_whole_line(amount: Money, day: date, anchor: int, at: int) -> None:
    whole = nominal(anchor, day)
    part = Period(day, whole.end)
    charged = covered(amount, 1, days=part.days, nominal_days=whole.days)
    line = InvoicedLine(
        id="inl", price=amount, quantity=1, period=part, nominal_days=whole.days, left=charged
    )

    back = unused(line, start=day + timedelta(days=at))

    given_back = back.amount if back else Money.zero("EUR")
    assert 0 <= given_back.minor <= charged.minor
    if at == 0:
        assert back is None
    if at >= part.days:
        assert given_back == charged


@given(amount=prices, cuts=st.lists(st.integers(0, 31), min_size=1, max_size=8))
def test_credits_never_take_more_than_the_line(amount: Money, cuts: list[int]) -> None:
    left = amount
    for cut in cuts:
        left = left - credit(amount, 1, days=cut, nominal_days=31, left=left)
        assert left.minor >= 0


@given(amount=st.integers(1, 100_000), cuts=st.lists(st.integers(1, 5_000), max_size=10))
def test_the_tax_of_credits_adds_up_to_the_tax_of_the_line(amount: int, cuts: list[int]) -> None:
    whole, tax = Money(amount, "EUR"), Money(amount, "EUR").share(2300, 12300)
    before, returned = 0, 0
    for cut in [*cuts, amount]:
        now = min(cut, amount - before)
        returned += tax_of_credit(
            tax=tax, amount=whole, before=Money(before, "EUR"), now=Money(now, "EUR")
        ).minor
        before += now
    assert (before, returned) == (amount, tax.minor)


@given(whole=st.integers(0, 10**9), weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=20))
def test_spreading_loses_nothing(whole: int, weights: list[int]) -> None:
    parts = spread(whole, weights)

    assert sum(parts) == (whole if sum(weights) else 0)
    assert all(part >= 0 for part in parts)


@given(amounts=st.lists(prices, min_size=1, max_size=10), day=days)
def test_line_taxes_add_up_to_the_documents(amounts: list[Money], day: date) -> None:
    items = [
        (terms("1", plan_id=f"plan_{i}", price=amount, vat_basis_points=[2300, 900, 0][i % 3]), 1)
        for i, amount in enumerate(amounts)
    ]
    lines, _ = price(items, calendar=RECURRING, start=day, currency="EUR")

    assert sum(tax.minor for tax in with_tax(lines)) == tax_included(lines, "EUR").minor
