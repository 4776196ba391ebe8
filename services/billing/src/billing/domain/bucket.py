"""
Data in lots: where it comes from, in which order it is spent, and what of it rolls over (rules.md 2.6).

The lot that ends first is spent first, then the oldest; one without an end is spent last.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.domain.change_settings import ROLLOVER_END_OF_PERIOD, ROLLOVER_NEVER
from shared.periods import Period, boundary


class LotKind(StrEnum):
    """
    Included with the plan's period, bought on top, or carried over.
    """

    INCLUDED = "included"
    TOP_UP = "top_up"
    ROLLOVER = "rollover"


class MoveReason(StrEnum):
    """
    Why a lot grew or shrank.
    """

    GRANTED = "granted"
    USED = "used"
    ROLLED_OVER = "rolled_over"
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, kw_only=True)
class Lot:
    """
    *left_mb* of data to be used from *from_on* to *expires_on*, both included (None: no end).
    """

    id: str
    left_mb: int
    from_on: date
    expires_on: date | None

    def usable(self, day: date) -> bool:
        """
        Whether data used on *day* may come out of it.
        """
        return self.from_on <= day and (self.expires_on is None or day <= self.expires_on)


@dataclass(frozen=True, kw_only=True)
class Spent:
    """
    What usage took of each lot, and what no lot covered.
    """

    taken: tuple[tuple[str, int], ...]
    uncovered_mb: int


def spend(lots: Iterable[Lot], amount_mb: int, *, day: date) -> Spent:
    """
    Take *amount_mb*, used on *day*, out of the lots usable then.
    """
    taken: list[tuple[str, int]] = []
    for lot in in_order(lot for lot in lots if lot.usable(day)):
        part = min(lot.left_mb, amount_mb)
        if part > 0:
            taken.append((lot.id, part))
            amount_mb -= part
    return Spent(taken=tuple(taken), uncovered_mb=amount_mb)


def in_order(lots: Iterable[Lot]) -> list[Lot]:
    """
    Return the lots as they are spent: earliest end first, then the oldest.
    """
    return sorted(lots, key=lambda lot: (lot.expires_on or date.max, lot.from_on, lot.id))


def unused(lots: Iterable[Lot], *, day: date) -> int:
    """
    Return what is left to use on *day*: included + top-ups + earlier rollover - used, never below 0.
    """
    return sum(lot.left_mb for lot in lots if lot.usable(day))


def rollover_expiry(setting: str, *, changed_on: date, running: Period) -> date | None:
    """
    Return the last day of rolled over data: None (never), the end of the *running* period of the new
    service, or the day before the change's date comes round in so many months.
    """
    if setting == ROLLOVER_NEVER:
        return None
    if setting == ROLLOVER_END_OF_PERIOD:
        return running.last
    months = int(setting)
    end = boundary(changed_on.day, changed_on.year, changed_on.month + months)
    return Period(changed_on, end).last
