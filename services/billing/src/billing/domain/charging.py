"""
What a subscription costs for a span of days: each price for the days it held, in the periods they belong to.

Periods follow the account's billing day and never drift. A part of a period costs its share of the whole
(``domain/line.py``); the day of a change belongs to the new price (docs/algorithms/proration.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from billing.domain.line import Code, Line, covered
from shared.money import Money
from shared.periods import REMEMBERED, Period, boundary, nominal


@dataclass(frozen=True, kw_only=True)
class Price:
    """
    What so many of a plan cost per *months* months, from *from_on* up to before *until_on* (None: open).

    For prepaid accounts per *days* days, unless that is 0.
    """

    plan_id: str
    plan_version: int
    name: str
    kind: str
    amount: Money
    quantity: int
    months: int
    vat_basis_points: int
    from_on: date
    until_on: date | None
    discount_basis_points: int = 0
    days: int = 0


@lru_cache(REMEMBERED)
def next_period(anchor_day: int, start: date, *, months: int) -> Period:
    """
    Return the whole period that *start* belongs to when billing goes on from there.

    On a billing day it begins there; in between, days up to the period's end are a bridge of that period.
    """
    if start == boundary(anchor_day, start.year, start.month):
        return Period(start, boundary(anchor_day, start.year, start.month + months))
    return nominal(anchor_day, start, months=months)


def running_period(anchor_day: int, since: date, day: date, *, months: int) -> Period:
    """
    Return the whole period that contains *day* of a service that is charged from *since* on, or up to there.

    Periods of several months follow one another from *since*, in both directions.
    """
    period = next_period(anchor_day, since, months=months)
    while day not in period:
        step = months if day >= period.end else -months
        start = boundary(anchor_day, period.start.year, period.start.month + step)
        period = Period(start, boundary(anchor_day, start.year, start.month + months))
    return period


def lines(prices: Sequence[Price], span: Period, *, anchor_day: int, code: Code) -> Iterator[Line]:
    """
    Yield one line for each price and period that *span* meets, in order of days.
    """
    for price in sorted(prices, key=lambda each: each.from_on):
        held = span.overlap(Period(price.from_on, max(price.until_on or span.end, price.from_on)))
        start = held.start if held else span.end
        while held and start < held.end:
            whole = next_period(anchor_day, start, months=price.months)
            part = Period(start, min(whole.end, held.end))
            yield line(price, part, whole, code=code)
            start = part.end


def line(price: Price, part: Period, whole: Period, *, code: Code) -> Line:
    """
    Return the line that charges *part* of the period *whole*.
    """
    return Line(
        code=code,
        plan_id=price.plan_id,
        plan_version=price.plan_version,
        kind=price.kind,
        label=price.name,
        quantity=price.quantity,
        price=price.amount,
        period=part,
        nominal_days=whole.days,
        amount=covered(
            price.amount,
            price.quantity,
            days=part.days,
            nominal_days=whole.days,
            discount=price.discount_basis_points,
        ),
        vat_basis_points=price.vat_basis_points,
        discount_basis_points=price.discount_basis_points,
    )
