"""
Believe the clock, or hold clock work until a person says that the date is right (fault F75).

A clock ten years ahead would bill, block and deactivate everybody at once. So runs, dunning, renewals and
expiry go on only from about where they were: after a longer standstill, or a jump, somebody has to look.
A clock that comes back ends the hold by itself (docs/decisions/0010-a-person-confirms-a-jump.md).
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Gauge
from sqlalchemy.orm import Session

from billing.domain.clockwork import is_ahead
from billing.models import ClockHold, ClockSeen
from billing.queries.clock_hold import open_hold
from billing.usecases.insert_once import insert_once
from shared import clock
from shared.db import Database
from shared.ids import new_id

log = structlog.get_logger(__name__)

HELD: Final = Gauge(
    "clock_held",
    "1 while clock work waits for a person: the date may be wrong.",
    multiprocess_mode="mostrecent",
)
ONE = 1
HELD_SECONDS = 1.0
NOTE_EVERY = timedelta(minutes=10)  # in between the process itself remembers


class ClockGuard:
    """
    Stands before clock work: *most* is how far the clock may go ahead unseen (None: as far as it likes).
    """

    def __init__(self, db: Database, *, most: timedelta | None) -> None:
        self._db, self._most = db, most
        self._noted: datetime | None = None
        self._held_until = 0.0
        self._lock = threading.Lock()

    def guarded(self, work: Callable[[], object]) -> Callable[[], object]:
        """
        Return *work* that is left undone while the clock is not believed.
        """
        return lambda: work() if self.believes() else False

    def believes(self) -> bool:
        """
        Tell whether the date can be believed now.
        """
        if self._most is None:
            return True
        with self._lock:
            now = clock.now()
            if self._noted and abs(now - self._noted) < NOTE_EVERY:
                return True
            if time.monotonic() < self._held_until:
                return False
            with self._db.begin() as session:
                believed = guard_clock(session, now=now, most=self._most)
            self._noted = now if believed else None
            self._held_until = 0.0 if believed else time.monotonic() + HELD_SECONDS
            return believed


def guard_clock(session: Session, *, now: datetime, most: timedelta) -> bool:
    """
    Note that the clock says *now*; tell whether that can be believed, and hold clock work if it cannot.
    """
    insert_once(session, ClockSeen, id=ONE, seen_at=now)
    seen = session.get_one(ClockSeen, ONE, with_for_update=True, populate_existing=True)
    hold = open_hold(session)
    if is_ahead(now, seen=seen.seen_at, most=most):
        HELD.set(1)
        if hold is None:
            _hold(session, seen.seen_at, now)
        elif abs(now - hold.ahead_at) > NOTE_EVERY:
            hold.ahead_at = now
        return False
    HELD.set(0)
    seen.seen_at = now
    if hold is not None:
        hold.ended_at = clock.real_now()
        log.warning("clock_came_back", now=now.isoformat())
    return True


def _hold(session: Session, seen: datetime, now: datetime) -> None:
    session.add(
        ClockHold(id=new_id("chd"), seen_at=seen, ahead_at=now, found_at=clock.real_now(), ended_at=None)
    )
    log.error("clock_held", seen=seen.isoformat(), now=now.isoformat())
