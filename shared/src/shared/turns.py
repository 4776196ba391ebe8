"""
Taking turns at a SQLite file: it has one writer at a time, and the others wait here.

SQLite's own waiting sleeps longer each time, up to a tenth of a second, so that whoever came last gets in
first: behind a writer that hardly pauses, the others wait for seconds. Looking every millisecond is fair
enough, and cheap: a writer is done sooner than that.
"""

import sqlite3
import time

SHORTEST_SECONDS = 0.0002
LONGEST_SECONDS = 0.001
SLOWER_EACH_TIME = 1.5


def begin_writing(connection: sqlite3.Connection, seconds: float) -> None:
    """
    Begin a transaction that may write, as soon as nobody else has one open.

    :raises sqlite3.OperationalError: if somebody still has after *seconds*
    """
    end, pause = time.monotonic() + seconds, SHORTEST_SECONDS
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while not _begun(connection, last=time.monotonic() > end):
            time.sleep(pause)
            pause = min(pause * SLOWER_EACH_TIME, LONGEST_SECONDS)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")


def _begun(connection: sqlite3.Connection, *, last: bool) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if last or error.sqlite_errorcode & 255 != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
