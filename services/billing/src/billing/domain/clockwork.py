"""When the date is believed: clock work goes on from where it was, not from anywhere (fault F75)."""

from datetime import datetime, timedelta

from shared.errors import Conflict


class ClockMoved(Conflict, code="clock_moved", title="The clock says something else by now"):
    """
    The date that was confirmed is not the date that holds clock work back any more.
    """


def is_ahead(now: datetime, *, seen: datetime, most: timedelta) -> bool:
    """
    Tell whether *now* is further from when the clock was last *seen* than it may move by itself.

    Going back does no harm: nothing falls due by that, and what is done is not done again.
    """
    return now - seen > most
