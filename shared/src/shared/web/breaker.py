"""
When to stop asking somebody who does not answer, and how often a retry is worth it.
"""

import threading
from collections import deque
from collections.abc import Callable
from enum import StrEnum

from shared.measures import Gauge

WINDOW_SECONDS = 10.0
LEAST_CALLS = 20
OPEN_SECONDS = 5.0
PROBES = 3
RETRY_SHARE = 0.1
MOST_RETRIES = 10.0

STATE = Gauge("breaker_open", "1 while calls to it are refused.", ["upstream"], multiprocess_mode="livemax")


class State(StrEnum):
    """
    Whether calls go through: closed (yes), open (no), probing (a few).
    """

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


class Breaker:
    """
    Opens when half of at least 20 calls in 10 s failed; 5 s later 3 probes decide. *now* is monotonic time.
    """

    def __init__(self, upstream: str, now: Callable[[], float]) -> None:
        self._upstream, self._now = upstream, now
        self._calls: deque[tuple[float, bool]] = deque()
        self._bad = 0
        self._lock = threading.Lock()
        self._opened_at = 0.0
        self._probes = self._good_probes = 0
        self.state = State.CLOSED

    def lets_through(self) -> bool:
        """
        Tell whether to make the next call; whoever is let through must ``note`` how it went.
        """
        with self._lock:
            if self.state is State.OPEN and self._now() - self._opened_at >= OPEN_SECONDS:
                self._move(State.PROBING)
            if self.state is State.PROBING:
                self._probes += 1
                return self._probes <= PROBES
            return self.state is State.CLOSED

    def note(self, *, good: bool) -> None:
        """
        Count how a call went.
        """
        with self._lock:
            if self.state is State.PROBING:
                self._judge_probe(good)
            elif self.state is State.CLOSED:
                self._count(good)

    def counted(self) -> tuple[int, int]:
        """
        Return how many calls are counted at present, and how many of them failed.
        """
        with self._lock:
            return len(self._calls), self._bad

    def _judge_probe(self, good: bool) -> None:
        self._good_probes += good
        if not good:
            self._move(State.OPEN)
        elif self._good_probes >= PROBES:
            self._move(State.CLOSED)

    def _count(self, good: bool) -> None:
        now = self._now()
        self._calls.append((now, good))
        self._bad += not good
        while self._calls[0][0] < now - WINDOW_SECONDS:
            self._bad -= not self._calls.popleft()[1]
        if len(self._calls) >= LEAST_CALLS and self._bad * 2 >= len(self._calls):
            self._move(State.OPEN)

    def _move(self, state: State) -> None:
        self.state = state
        self._opened_at = self._now()
        self._probes = self._good_probes = 0
        self._calls.clear()
        self._bad = 0
        STATE.labels(self._upstream).set(state is State.OPEN)


class RetryBudget:
    """
    Allows retries up to a tenth of the calls, so that they cannot multiply an outage.
    """

    def __init__(self) -> None:
        self._left = MOST_RETRIES
        self._lock = threading.Lock()

    def earn(self) -> None:
        """
        Count one call.
        """
        with self._lock:
            self._left = min(MOST_RETRIES, self._left + RETRY_SHARE)

    def spend(self) -> bool:
        """
        Take one retry, if there is one left.
        """
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True
