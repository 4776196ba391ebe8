"""A customer lets a service rest for a while: days that cost nothing, unless somebody says they do (A8)."""

from datetime import date
from enum import StrEnum

from shared.errors import Conflict
from shared.periods import Period


class PauseState(StrEnum):
    """
    Booked waits for its first day, running has begun. Lapsed came to nothing: its service did not work.
    """

    BOOKED = "booked"
    RUNNING = "running"
    OVER = "over"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


OPEN = frozenset({PauseState.BOOKED, PauseState.RUNNING})


class PauseBooked(Conflict, code="pause_booked", title="A pause is booked already"):
    """
    One at a time, and nothing else is booked beside it: undo it first.
    """


class PauseBegun(Conflict, code="pause_begun", title="The pause has begun"):
    """
    It is not undone any more: let the service work again instead.
    """


class PauseOver(Conflict, code="pause_over", title="The pause is over"):
    """
    Nothing of it is left to move.
    """


class FiguresChanged(Conflict, code="figures_changed", title="The figures have changed"):
    """
    What was shown is not what would be done now: look again.
    """


def rest(from_on: date, until_on: date | None) -> Period:
    """
    Return the days of a pause; one without an end goes on.
    """
    return Period(from_on, until_on or date.max)


def charged_again(free: Period, back_on: date, *, charged_from: date, charged_to: date) -> Period | None:
    """
    Return which days of *free*, given back or left out, are charged after all when it ends on *back_on*.

    Bills reach from *charged_from* up to before *charged_to* here: what lies beyond they charge themselves.
    """
    start, end = max(free.start, back_on, charged_from), min(free.end, charged_to)
    return Period(start, end) if start < end else None
