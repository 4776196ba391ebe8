"""Money is exact, rounds in one place, and mirrors: a credit is its charge with the sign turned."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.money import EXPONENTS, LARGEST, Money, UnclearAmount, div_half_up, total

minors = st.integers(-LARGEST, LARGEST)
divisors = st.integers(1, 10**6)
currencies = st.sampled_from(["EUR", "JPY", "KWD"])


@given(minors, divisors)
def test_a_credit_mirrors_its_charge(numerator: int, denominator: int) -> None:
    assert div_half_up(-numerator, denominator) == -div_half_up(numerator, denominator)


@given(minors, divisors)
def test_division_rounds_as_decimal_does(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator) / Decimal(denominator)

    assert div_half_up(numerator, denominator) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))


@given(minors, divisors)
def test_rounding_moves_an_amount_by_half_a_unit_at_most(numerator: int, denominator: int) -> None:
    rounded = div_half_up(numerator, denominator)

    assert 2 * abs(rounded * denominator - numerator) <= denominator


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (1, 2, 1),
        (-1, 2, -1),
        (1, 3, 0),
        (2, 3, 1),
        (0, 7, 0),
        (5, 10, 1),
        (-5, 10, -1),
        (3000 * 13, 31, 1258),
    ],
)
def test_halves_go_away_from_zero(numerator: int, denominator: int, expected: int) -> None:
    assert div_half_up(numerator, denominator) == expected


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_denominator_is_positive(denominator: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        div_half_up(1, denominator)


@given(minors, currencies)
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)

    assert Money.parse(money.amount, currency) == money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("7.50", "EUR", 750),
        ("7.5", "EUR", 750),
        ("-11", "EUR", -1100),
        ("0", "EUR", 0),
        ("7.500", "EUR", 750),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
    ],
)
def test_an_amount_is_read(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("seven", "EUR"),
        ("7,50", "EUR"),
        ("7.505", "EUR"),
        ("0.5", "JPY"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("-Infinity", "EUR"),
        ("1e20", "EUR"),
        ("1e3", "EUR"),
        ("1_000", "EUR"),
        (" 7", "EUR"),
        ("+7", "EUR"),
        (".5", "EUR"),
        ("٧", "EUR"),
        ("9" * 17, "EUR"),
    ],
)
def test_an_unclear_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(UnclearAmount):
        Money.parse(text, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (-1100, "EUR", "-11.00"),
        (5, "EUR", "0.05"),
        (0, "EUR", "0.00"),
        (500, "JPY", "500"),
        (1, "KWD", "0.001"),
    ],
)
def test_an_amount_is_written_with_the_digits_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert Money(minor, currency).amount == text


@given(minors, minors, minors)
def test_sums_do_not_depend_on_the_order(first: int, second: int, third: int) -> None:
    amounts = [Money(first, "EUR"), Money(second, "EUR"), Money(third, "EUR")]

    assert total(amounts, "EUR") == total(amounts[::-1], "EUR") == Money(first + second + third, "EUR")


def test_nothing_adds_up_to_zero() -> None:
    assert total([], "EUR") == Money.zero("EUR")


def test_currencies_do_not_mix() -> None:
    one, other = Money(1, "EUR"), Money(1, "USD")

    for mix in (lambda: one + other, lambda: one - other, lambda: one < other, lambda: one <= other):
        with pytest.raises(ValueError, match="cannot mix"):
            mix()


@given(st.integers(0, 10**9), st.integers(1, 31), st.integers(1, 31))
def test_a_share_and_the_rest_differ_from_the_whole_by_a_unit_at_most(
    price: int, part: int, days: int
) -> None:
    part = min(part, days)
    whole = Money(price, "EUR")

    both = whole.share(part, days) + whole.share(days - part, days)

    assert abs((both - whole).minor) <= 1


def test_only_currencies_with_other_than_two_digits_are_listed() -> None:
    assert 2 not in EXPONENTS.values()
