"""Lines and totals as readers see them: the same for quotes, orders and bills."""

from dataclasses import dataclass
from datetime import date

from billing.domain.explanation import Explanation, explain, in_english
from billing.domain.line import Code, Line
from billing.models import Order, Quote
from shared.money import Money

REFUND = "Refund for unused "


@dataclass(frozen=True, kw_only=True)
class Span:
    """
    A period as shown: the last day included.
    """

    from_on: date
    to_on: date


@dataclass(frozen=True, kw_only=True)
class LineView:
    """
    A line with its reason, in English and as parts to be said in another language.
    """

    code: str
    plan_id: str
    kind: str
    label: str
    explanation: str
    basis: Explanation
    quantity: int
    period: Span | None
    amount: Money


@dataclass(frozen=True, kw_only=True)
class ThenView:
    """
    What follows after the first period; *every* is an ISO 8601 duration.
    """

    amount: Money
    every: str
    from_on: date


def line_view(line: Line) -> LineView:
    """
    Return how *line* is shown.
    """
    period = Span(from_on=line.period.start, to_on=line.period.last) if line.period else None
    return LineView(
        code=line.code.value,
        plan_id=line.plan_id,
        kind=line.kind,
        label=f"{REFUND}{line.label}" if line.code is Code.REFUND_UNUSED else line.label,
        explanation=in_english(line),
        basis=explain(line),
        quantity=line.quantity,
        period=period,
        amount=line.amount,
    )


def every(months: int, days: int) -> str:
    """
    Return a rhythm as an ISO 8601 duration, such as ``P1M``.
    """
    return f"P{days}D" if days else f"P{months}M"


def then_view(priced: Quote | Order) -> ThenView | None:
    """
    Return what follows, if anything recurs.
    """
    if priced.then_minor is None or priced.then_from_on is None:
        return None
    return ThenView(
        amount=Money(priced.then_minor, priced.currency),
        every=every(priced.then_months or 0, priced.then_days),
        from_on=priced.then_from_on,
    )
