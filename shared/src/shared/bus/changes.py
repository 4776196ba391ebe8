"""
Seeing soon that a SQLite file was written by somebody else, without asking it much.

``PRAGMA data_version`` changes with every commit of another connection. Asked often just after something
happened and ever more rarely while nothing does, it costs next to nothing when idle.
"""

import sqlite3
import time

SHORTEST_SECONDS = 0.0005
LONGEST_SECONDS = 0.02
SLOWER_EACH_TIME = 1.1


class FileChanges:
    """
    The commits others make to the file behind *connection*, which must be used by one thread at a time.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._pause = SHORTEST_SECONDS
        self._seen = self._version()

    def wait(self, seconds: float) -> bool:
        """
        Return True as soon as somebody has written since the last call, False after *seconds*.
        """
        end = time.monotonic() + seconds
        while not self._moved():
            left = end - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(self._pause, left))
            self._pause = min(self._pause * SLOWER_EACH_TIME, LONGEST_SECONDS)
        return True

    def _moved(self) -> bool:
        version = self._version()
        if version == self._seen:
            return False
        self._seen, self._pause = version, SHORTEST_SECONDS
        return True

    def _version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
