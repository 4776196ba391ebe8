"""
One relay per service at a time, however many workers run; the lock goes when its holder dies.

Two relays would lose nothing and keep the order (each sends in order, and only first arrivals count), but
they would send everything twice.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from shared.db import Database

LOCK_KEY = 7_206_002
TRY_SECONDS = 1.0


@contextmanager
def leading(db: Database, stop: threading.Event) -> Iterator[bool]:
    """
    Wait to be the only relay of the service behind *db*; yields False if told to *stop* before.
    """
    lock = _sqlite_lock if db.is_sqlite else _postgresql_lock
    with lock(db, stop) as held:
        yield held


@contextmanager
def _sqlite_lock(db: Database, stop: threading.Event) -> Iterator[bool]:
    with open(f"{db.engine.url.database}.relay-lock", "w") as file:
        while not stop.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                stop.wait(TRY_SECONDS)
        yield not stop.is_set()


@contextmanager
def _postgresql_lock(db: Database, stop: threading.Event) -> Iterator[bool]:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ask = text("SELECT pg_try_advisory_lock(:key)")
        while not stop.is_set() and not connection.scalar(ask, {"key": LOCK_KEY}):
            stop.wait(TRY_SECONDS)
        try:
            yield not stop.is_set()
        finally:
            connection.invalidate()  # closing it for good gives the lock back
