"""
What a document holds of each VAT rate: net, VAT and gross, as it was rounded when it was issued.

VAT is rounded once per rate, on the sum of its lines (``tax_of_lines``), and kept with the lines in parts
that add up; so summing the parts gives the rounded VAT again, and nothing is rounded here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.money import Money, total


@dataclass(frozen=True, kw_only=True)
class Taxed:
    """
    What is taxed at one rate; *rate* is in percent, such as ``23`` or ``7.5``.
    """

    rate: str
    net: Money
    tax: Money
    gross: Money


def tax_table(parts: Iterable[tuple[int, Money, Money]]) -> list[Taxed]:
    """
    Return one row for each rate of *parts* (basis points, gross, VAT), the highest rate first.
    """
    rates: dict[int, list[tuple[Money, Money]]] = {}
    for basis_points, gross, tax in parts:
        rates.setdefault(basis_points, []).append((gross, tax))
    return [_row(rate, rates[rate]) for rate in sorted(rates, reverse=True)]


def _row(basis_points: int, parts: list[tuple[Money, Money]]) -> Taxed:
    currency = parts[0][0].currency
    gross = total([gross for gross, _tax in parts], currency)
    tax = total([tax for _gross, tax in parts], currency)
    return Taxed(
        rate=f"{basis_points / 100:.2f}".rstrip("0").rstrip("."), net=gross - tax, tax=tax, gross=gross
    )
