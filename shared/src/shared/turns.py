"""
Taking turns at a SQLite file: it has one writer at a time, and the others wait here.

SQLite's own waiting sleeps longer each time, up to a tenth of a second, so that whoever came last gets in
first: behind a writer that hardly pauses, the others wait for seconds. Looking every millisecond is fair
enough, and cheap: a writer is done sooner than that. Of a process only one thread looks at a time; the others
wait for it and take no processor from whoever writes.
"""

import sqlite3
import threading
import time

SHORTEST_SECONDS = 0.0002
LONGEST_SECONDS = 0.001
SLOWER_EACH_TIME = 1.5


def begin_writing(connection: sqlite3.Connection, seconds: float, *, line: threading.Lock) -> None:
    """
    Begin a transaction that may write, as soon as nobody else has one open; *line* is the process's own.

    :raises sqlite3.OperationalError: if somebody still has after *seconds*
    """
    end = time.monotonic() + seconds
    first = line.acquire(timeout=seconds)
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        _begin(connection, end)
    finally:
        if first:
            line.release()
        connection.execute(f"PRAGMA busy_timeout = {seconds * 1000:.0f}")


def _begin(connection: sqlite3.Connection, end: float) -> None:
    pause = SHORTEST_SECONDS
    while not _begun(connection, last=time.monotonic() > end):
        time.sleep(pause)
        pause = min(pause * SLOWER_EACH_TIME, LONGEST_SECONDS)


def _begun(connection: sqlite3.Connection, *, last: bool) -> bool:
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if last or error.sqlite_errorcode & 255 != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
