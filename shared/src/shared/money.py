"""Money is a whole number of minor units of one currency, and is rounded in one place only."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

# Digits after the point, where they are not two (ISO 4217).
EXPONENTS = {
    "BHD": 3,
    "CLP": 0,
    "ISK": 0,
    "JOD": 3,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "OMR": 3,
    "TND": 3,
    "VND": 0,
}

# Less than Decimal reads: no 1e3, no 1_000, no digits of other scripts.
PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")
LONGEST = 25  # characters

LARGEST = 10**15  # minor units; far above any bill, far below BIGINT


class UnclearAmount(ValueError):
    """
    A text that is not an exact amount of the currency.
    """


def exponent(currency: str) -> int:
    """
    Return how many digits *currency* has after the point.
    """
    return EXPONENTS.get(currency, 2)


def div_half_up(numerator: int, denominator: int) -> int:
    """
    Divide and round halves away from zero, so that a credit mirrors its charge (billing.md B.1).
    """
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return whole if numerator >= 0 else -whole


@dataclass(frozen=True, order=False)
class Money:
    """
    An exact amount: *minor* units (cents) of *currency* (three capital letters).
    """

    minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Self:
        """
        Return nothing, in *currency*.
        """
        return cls(0, currency)

    @classmethod
    def parse(cls, amount: str, currency: str) -> Self:
        """
        Read a decimal string such as ``"7.50"``.

        :raises UnclearAmount: if it is no plain decimal number, too precise for the currency, or too large
        """
        digits = exponent(currency)
        if len(amount) > LONGEST or not PLAIN.fullmatch(amount):
            raise UnclearAmount(f"{amount!r:.40} is not an amount")
        scaled = Decimal(amount).scaleb(digits)
        if scaled != scaled.to_integral_value():
            raise UnclearAmount(f"{currency} has {digits} digits after the point")
        if abs(scaled) > LARGEST:
            raise UnclearAmount("the amount is too large")
        return cls(int(scaled), currency)

    @property
    def amount(self) -> str:
        """
        The decimal string of the wire format, such as ``"-11.00"``.
        """
        return f"{Decimal(self.minor).scaleb(-exponent(self.currency)):f}"

    def __str__(self) -> str:
        return f"{self.currency} {self.amount}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> "Money":
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def share(self, part: int, whole: int) -> "Money":
        """
        Return ``self * part / whole``, rounded once, half up.
        """
        return Money(div_half_up(self.minor * part, whole), self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other.minor


def total(amounts: "list[Money]", currency: str) -> Money:
    """
    Add up *amounts*, which may be none.
    """
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result
