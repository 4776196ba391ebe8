"""Why a line costs what it costs: structured parts a door can translate, and the same in English."""

from dataclasses import dataclass
from datetime import date

from billing.domain.line import Code, Line, covered
from shared.money import Money
from shared.periods import Period

ONCE = {
    Code.ACTIVATION_FEE: "at_activation",
    Code.PRICE_OF_CHANGE: "price_of_change",
    Code.END_FEE: "at_the_end",
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """
    The inputs of a line; *last_on* is inclusive.

    *code*: part_period, whole_period, one_day, unused_part, once, at_activation, at_the_end, price_of_change.
    One_day is a day paid alone, which took or left the cent that makes its month add up.
    """

    code: str
    quantity: int
    price: Money
    days: int = 0
    nominal_days: int = 0
    first_on: date | None = None
    last_on: date | None = None


def explain(line: Line) -> Explanation:
    """
    Return what *line* was computed from.
    """
    if line.period is None:
        return Explanation(code=ONCE.get(line.code, "once"), quantity=line.quantity, price=line.price)
    return Explanation(
        code=_code(line, line.period),
        quantity=line.quantity,
        price=line.price,
        days=line.period.days,
        nominal_days=line.nominal_days,
        first_on=line.period.start,
        last_on=line.period.last,
    )


def in_english(line: Line) -> str:
    """
    Return the explanation as a phrase, such as ``30.00 / 30 days x 11 days (20 to 30 Nov)``.
    """
    parts = explain(line)
    price = parts.price.amount if parts.quantity == 1 else f"{parts.quantity} x {parts.price.amount}"
    if parts.code == "at_activation":
        return f"{price} once, at activation"
    if line.period is None:
        return f"{price} once"
    if parts.code == "whole_period":
        return f"{price} for {span(line.period)}"
    words = f"{price} / {_days(parts.nominal_days)} x {_days(parts.days)}"
    if parts.code == "unused_part":
        return f"{words} left ({span(line.period)})"
    words = f"{words} ({span(line.period)})"
    return f"{words}, to the cent over the period" if parts.code == "one_day" else words


def _code(line: Line, period: Period) -> str:
    if line.code is Code.REFUND_UNUSED:
        return "unused_part"
    if period.days == line.nominal_days:
        return "whole_period"
    alone = covered(
        line.price,
        line.quantity,
        days=period.days,
        nominal_days=line.nominal_days,
        discount=line.discount_basis_points,
    )
    return "part_period" if alone == line.amount or period.days > 1 else "one_day"


def span(period: Period) -> str:
    """
    Return the days of *period* as screens show them, the last one included: ``20 to 30 Nov``.
    """
    first, last = period.start, period.last
    if first == last:
        return f"{first.day} {MONTHS[first.month - 1]}"
    if first.year != last.year:
        return f"{_day(first)} {first.year} to {_day(last)} {last.year}"
    start = str(first.day) if first.month == last.month else _day(first)
    return f"{start} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
