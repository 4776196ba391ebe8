"""The states of a billing run and of its items, and how fast one goes."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Mode(StrEnum):
    """
    A preview computes and writes no document; an issue bills.
    """

    PREVIEW = "preview"
    ISSUE = "issue"


class RunState(StrEnum):
    """
    Filling finds who is due; stopped was halted by a person and may go on.
    """

    FILLING = "filling"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class ItemState(StrEnum):
    """
    Skipped had nothing to bill; failed can be tried again without the rest.
    """

    WAITING = "waiting"
    CLAIMED = "claimed"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


OPEN = (RunState.FILLING, RunState.RUNNING)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """
    How many accounts a run does in a second, and how long it will take for the rest.
    """

    per_second: float
    left: timedelta


def pace(*, done: int, items: int, took: timedelta) -> Pace | None:
    """
    Return how fast a run goes that did *done* of *items* while it *took* so long; None at the beginning.
    """
    seconds = took.total_seconds()
    if done <= 0 or seconds <= 0:
        return None
    return Pace(per_second=done / seconds, left=took * (max(items - done, 0) / done))
