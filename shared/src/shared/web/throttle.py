"""
How often one caller may ask, counted in this process alone: counting every request must cost next to nothing.

Where a try is worth something to a thief (passwords, codes) ``ratelimit`` counts, for all processes together.
"""

import threading
from collections import OrderedDict
from time import monotonic

from shared.errors import TooMany
from shared.web import ratelimit

MOST_CALLERS = 10_000  # of whom it is remembered; who was not seen longest goes first


class Throttle:
    """
    Lets *limit* requests of each caller through in *seconds*; 0 lets all of them.
    """

    def __init__(self, limit: int, seconds: int) -> None:
        self.limit, self.seconds = limit, seconds
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """
        Count one request under *key*.

        :raises TooMany: if there were too many, saying when the next is let through
        """
        if not self.limit:
            return
        began, count = self._count(key, monotonic())
        reset = max(1, round(began + self.seconds - monotonic()))
        left = max(0, self.limit - count)
        ratelimit.note(ratelimit.Standing(key, self.limit, self.seconds, left, reset, policy="requests"))
        if count > self.limit:
            raise TooMany(retry_after=reset)

    def _count(self, key: str, now: float) -> tuple[float, int]:
        with self._lock:
            began, count = self._counted.pop(key, (now, 0))
            if now - began >= self.seconds:
                began, count = now, 0
            self._counted[key] = began, count + 1
            if len(self._counted) > MOST_CALLERS:
                self._counted.popitem(last=False)
            return self._counted[key]
