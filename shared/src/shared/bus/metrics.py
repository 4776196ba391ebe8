"""
What a worker measures of itself; the web process of the same service shows it under /metrics.
"""

from typing import Final

from shared.bus import inbox, outbox
from shared.db import Database
from shared.measures import Counter, Gauge

_LATEST: Final = "mostrecent"  # the files of several processes are read together

UNSENT = Gauge("outbox_unsent", "Facts not yet on the bus.", multiprocess_mode=_LATEST)
LAG = Gauge("outbox_lag_seconds", "Age of the oldest of them.", multiprocess_mode=_LATEST)
RETRY = Gauge("inbox_retry", "Facts being tried again.", multiprocess_mode=_LATEST)
PARKED = Gauge("inbox_parked", "Facts that wait for a person.", multiprocess_mode=_LATEST)
SENT = Counter("facts_sent", "Facts put on the bus.")
UNROUTED = Counter("facts_unrouted", "Facts that came back because no queue was bound to their name.")
HEARD = Counter("facts_heard", "Messages acknowledged.")


def measure(db: Database) -> None:
    """
    Set the gauges to what the tables of *db* say now.
    """
    with db.read() as session:
        unsent, age = outbox.backlog(session)
        waiting = inbox.count_open(session)
    UNSENT.set(unsent)
    LAG.set(age)
    RETRY.set(waiting.get(inbox.State.RETRY, 0))
    PARKED.set(waiting.get(inbox.State.PARKED, 0))
