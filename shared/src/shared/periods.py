"""Half-open periods of local dates: the end is the first day that no longer belongs."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

REMEMBERED = 4096  # days a billing run meets again for every account


@dataclass(frozen=True)
class Period:
    """
    The days from *start* up to, not including, *end*.
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a period cannot end before it starts")

    @property
    def days(self) -> int:
        """
        How many days belong to it.
        """
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """
        The last day that belongs to it, as screens show it.
        """
        return self.end - timedelta(days=1)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def overlap(self, other: "Period") -> "Period | None":
        """
        Return the days both have, or None.
        """
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None


def without(period: Period, gone: Period) -> list[Period]:
    """
    Return what is left of *period* before and after the days of *gone*.
    """
    if period.overlap(gone) is None:
        return [period]
    parts = [(period.start, max(period.start, gone.start)), (min(period.end, gone.end), period.end)]
    return [Period(start, end) for start, end in parts if start < end]


@lru_cache(REMEMBERED)
def boundary(anchor_day: int, year: int, month: int) -> date:
    """
    Return the day a period starts in that month: the anchor, or the month's last day where it is shorter.

    The anchor is kept as a number (1..31), so it never drifts (billing.md B.2). *month* may run past 12.
    """
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, min(anchor_day, calendar.monthrange(year, month)[1]))


@lru_cache(REMEMBERED)
def nominal(anchor_day: int, day: date, *, months: int = 1) -> Period:
    """
    Return the billing period of *months* months on *anchor_day* that contains *day*.
    """
    start = boundary(anchor_day, day.year, day.month)
    if day < start:
        start = boundary(anchor_day, day.year, day.month - 1)
    return Period(start, boundary(anchor_day, start.year, start.month + months))


def split(period: Period, *, anchor_day: int) -> Iterator[tuple[Period, Period]]:
    """
    Cut *period* at the monthly boundaries of *anchor_day*; yield each part with its whole nominal period.
    """
    start = period.start
    while start < period.end:
        whole = nominal(anchor_day, start)
        end = min(whole.end, period.end)
        yield Period(start, end), whole
        start = end
