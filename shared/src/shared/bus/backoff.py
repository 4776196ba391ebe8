"""
Growing, jittered pauses between tries to reach something that is not there.
"""

import random
import threading

SHORTEST_SECONDS = 0.2
LONGEST_SECONDS = 5.0


class Backoff:
    """
    Pauses that double from 0.2 to 5 seconds, cut short by *stop*.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._seconds = SHORTEST_SECONDS

    def pause(self) -> None:
        """
        Wait, longer each time.
        """
        self._stop.wait(self._seconds * random.uniform(0.5, 1.0))
        self._seconds = min(self._seconds * 2, LONGEST_SECONDS)

    def reset(self) -> None:
        """
        Start short again: it worked.
        """
        self._seconds = SHORTEST_SECONDS
