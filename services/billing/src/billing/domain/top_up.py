"""
Topping up a balance: how much at once, which sums are worth a press, and how much of one is left as credit.

What is owed is paid first, as with all money that comes (billing.md B.6); the rest stays on the balance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.errors import Conflict, FieldError, Invalid
from shared.money import Money


class TopUpNotPossible(Conflict, code="top_up_not_possible", title="This top-up cannot be paid now"):
    """
    Another one is under way (*params* names it), or the one to be tried again did not fail.
    """


@dataclass(frozen=True, kw_only=True)
class Limits:
    """
    A top-up is from *low* to *high*, both included; *suggested* are the sums to offer, the smallest first.
    """

    low: Money
    high: Money
    suggested: list[Money]


def limits(low: Money, high: Money, sums: Sequence[Money], *, needed: Money | None) -> Limits:
    """
    Return what may be topped up where the partner says from *low* to *high* and offers *sums*.

    What is *needed* to switch services back on may always be paid at once, and nothing less is suggested.
    """
    least = max(low, needed) if needed else low
    high = max(high, least)
    wanted = {each for each in sums if least <= each <= high}
    if (needed and needed.minor) or not wanted:
        wanted.add(least)
    return Limits(low=low, high=high, suggested=sorted(wanted))


def check(amount: Money, within: Limits) -> None:
    """
    Refuse an amount that cannot be topped up.

    :raises Invalid: if it is of another currency, or not within the limits
    """
    if amount.currency != within.low.currency:
        currency = {"currency": within.low.currency}
        raise Invalid(FieldError("#/amount", "currency", "This account is in %(currency)s.", params=currency))
    if not within.low <= amount <= within.high:
        span = {"low": within.low, "high": within.high}
        detail = "Enter between %(low)s and %(high)s."
        raise Invalid(FieldError("#/amount", "out_of_range", detail, params=span))


def credit_after(amount: Money, *, credit: Money, owed: Money, use_credit: bool) -> Money:
    """
    Return the credit there is once *amount* has come and paid what is *owed*; old credit helps if it is used.
    """
    nothing = Money.zero(amount.currency)
    if use_credit:
        return max(credit + amount - owed, nothing)
    return credit + max(amount - owed, nothing)
