"""
Why a bill differs from the one before: one reason per service, and the differences sum to the whole.

Lines of both bills are grouped by what they are for (a service through all its plans, or a label). A group in
one bill only is new, ended, or was due once; in both, the first reason that holds is told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from billing.domain.line import Code, Line
from shared.money import Money, total


class Why(StrEnum):
    """
    What changed about a service between two bills.
    """

    NEW = "new"
    ENDED = "ended"
    ONCE_NOW = "once_now"
    ONCE_BEFORE = "once_before"
    USAGE = "usage"
    PLAN_CHANGE = "plan_change"
    PRICE_CHANGE = "price_change"
    QUANTITY = "quantity"
    PART_PERIOD = "part_period"
    OTHER = "other"


@dataclass(frozen=True)
class Charge:
    """
    A line of a bill, and what it belongs to: *key* is the same for a service before and after a plan change.
    """

    key: str
    line: Line


@dataclass(frozen=True, kw_only=True)
class Difference:
    """
    What a service cost in the earlier bill and costs now, the days charged, and why.
    """

    why: Why
    label: str
    before: Money
    now: Money
    days_before: int
    days_now: int

    @property
    def amount(self) -> Money:
        """
        How much more (or less) it is.
        """
        return self.now - self.before


def compare(earlier: Iterable[Charge], present: Iterable[Charge], *, currency: str) -> list[Difference]:
    """
    Return what differs, the largest differences first; services that cost the same are left out.
    """
    was, now = _grouped(earlier), _grouped(present)
    found = [
        _difference(was.get(key, []), now.get(key, []), currency=currency)
        for key in dict.fromkeys([*now, *was])
    ]
    changed = [each for each in found if each.amount.minor]
    return sorted(changed, key=lambda each: (-abs(each.amount.minor), each.label))


def _grouped(charges: Iterable[Charge]) -> dict[str, list[Line]]:
    groups: dict[str, list[Line]] = {}
    for charge in charges:
        groups.setdefault(charge.key, []).append(charge.line)
    return groups


def _difference(was: list[Line], now: list[Line], *, currency: str) -> Difference:
    return Difference(
        why=_why(was, now),
        label=(now or was)[-1].label,
        before=total([line.amount for line in was], currency),
        now=total([line.amount for line in now], currency),
        days_before=_days(was),
        days_now=_days(now),
    )


def _why(was: list[Line], now: list[Line]) -> Why:
    if not was or not now:
        return _appeared(now) if now else _vanished(was)
    tests = (
        (Why.USAGE, any(line.code is Code.USAGE for line in (*was, *now))),
        (Why.PLAN_CHANGE, was[-1].plan_id != now[-1].plan_id),
        (Why.QUANTITY, was[-1].quantity != now[-1].quantity),
        (Why.PRICE_CHANGE, was[-1].price != now[-1].price),
        (Why.PART_PERIOD, _is_part(was) or _is_part(now) or _days(was) != _days(now)),
    )
    return next((why for why, holds in tests if holds), Why.OTHER)


def _appeared(now: list[Line]) -> Why:
    return Why.NEW if any(line.period for line in now) else Why.ONCE_NOW


def _vanished(was: list[Line]) -> Why:
    return Why.ENDED if any(line.period for line in was) else Why.ONCE_BEFORE


def _is_part(lines: list[Line]) -> bool:
    return any(line.period and line.period.days < line.nominal_days for line in lines)


def _days(lines: list[Line]) -> int:
    return sum(line.period.days for line in lines if line.period)
