"""What was worked out a moment ago and still holds, so that it is not worked out for every request."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from shared import clock

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """
    Keeps up to *most* values, each for a span of real time; the one not asked for longest goes first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, tuple[float, float, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Value | None:
        """
        Return the value of *key* if it holds now: not before its span either, should the clock step back.
        """
        now = clock.real_now().timestamp()
        with self._lock:
            since, until, value = self._kept.get(key, (0.0, 0.0, None))
            if not since <= now < until:
                self._kept.pop(key, None)
                return None
            self._kept.move_to_end(key)
            return value

    def keep(self, key: Key, value: Value, *, since: float, until: float) -> None:
        """
        Remember *value* for the span between two moments of the real clock.
        """
        with self._lock:
            self._kept[key] = (since, until, value)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
