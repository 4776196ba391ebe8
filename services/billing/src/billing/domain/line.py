"""
One priced line, and the only formula that prices it.

``amount = half_up(price * quantity * (1 - discount) * days / days of the whole period)``: multiply first and
round once (docs/algorithms/proration.md). Prices include VAT. A line keeps what it was computed from, so a
later credit never looks at today's plan.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.money import Money, div_half_up
from shared.periods import Period

WHOLE = 10_000  # basis points


class Code(StrEnum):
    """
    What a line is for.
    """

    FIRST_PERIOD = "first_period"
    RECURRING = "recurring"
    ONE_TIME = "one_time"
    ACTIVATION_FEE = "activation_fee"
    REFUND_UNUSED = "refund_unused"
    PRICE_OF_CHANGE = "price_of_change"
    USAGE = "usage"
    END_FEE = "end_fee"


@dataclass(frozen=True, kw_only=True)
class Line:
    """
    *quantity* of a plan at *price* for *period*, out of a whole period of *nominal_days* (no period: once).

    *discount_basis_points* are taken off before the one rounding; 1000 are 10 %.
    """

    code: Code
    plan_id: str
    plan_version: int
    kind: str
    label: str
    quantity: int
    price: Money
    period: Period | None
    nominal_days: int
    amount: Money
    vat_basis_points: int
    discount_basis_points: int = 0


def covered(price: Money, quantity: int, *, days: int, nominal_days: int, discount: int = 0) -> Money:
    """
    Return what *days* of a period of *nominal_days* cost, *discount* basis points less.
    """
    return (price * quantity).share(days * (WHOLE - discount), nominal_days * WHOLE)


def credit(
    price: Money, quantity: int, *, days: int, nominal_days: int, left: Money, discount: int = 0
) -> Money:
    """
    Return what *days* unused are worth: the same formula, and never more than is *left* of the line.
    """
    worth = covered(price, quantity, days=days, nominal_days=nominal_days, discount=discount)
    return left if left < worth else worth


def tax_in(gross: Money, vat_basis_points: int) -> Money:
    """
    Return the VAT contained in *gross*; 2300 basis points are 23 %.
    """
    return gross.share(vat_basis_points, 10_000 + vat_basis_points)


def tax_of_lines(amounts: list[Money], vat_basis_points: int) -> list[Money]:
    """
    Return the VAT of each line of one rate: rounded once on their sum, then spread so that it adds up.
    """
    if not amounts:
        return []
    currency = amounts[0].currency
    whole = tax_in(Money(sum(amount.minor for amount in amounts), currency), vat_basis_points)
    return [Money(part, currency) for part in spread(whole.minor, [amount.minor for amount in amounts])]


def spread(whole: int, weights: list[int]) -> list[int]:
    """
    Divide *whole* by *weights* into parts that sum to it exactly, the largest remainders first.
    """
    total = sum(weights)
    if total == 0:
        return [0 for _ in weights]
    parts = [whole * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
    for i in by_remainder[: whole - sum(parts)]:
        parts[i] += 1
    return parts


def tax_of_credit(*, tax: Money, amount: Money, before: Money, now: Money) -> Money:
    """
    Return the VAT of crediting *now* of a line of *amount* with *tax*, of which *before* was credited.

    The tax credited so far follows the amount credited so far, so the credit that empties a line takes
    exactly what is left of its tax, however it was cut up.
    """
    after = div_half_up(tax.minor * (before + now).minor, amount.minor)
    return Money(after - div_half_up(tax.minor * before.minor, amount.minor), tax.currency)
