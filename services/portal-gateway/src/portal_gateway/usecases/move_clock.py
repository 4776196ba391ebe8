"""Move business time for the whole installation; the sandbox only."""

from datetime import datetime

from shared import clock


def move_clock(to: datetime | None) -> datetime:
    """
    Make it *to* (None: real time again) for every process, and return the business time that holds now.
    """
    if to is None:
        clock.reset()
    else:
        clock.move_to(to)
    return clock.now()
