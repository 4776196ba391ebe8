"""
The bell of a worker: rings when this service told something, so that nobody has to keep asking.
"""

import threading
import time

import structlog

from shared.bus.doorbell import listening_to
from shared.bus.outbox import CHANNEL
from shared.db import Database

LISTEN_SECONDS = 0.5  # how often the listener looks up to see whether it should stop
RECONNECT_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Bell:
    """
    Counts rings; who knows the count it saw last cannot miss one.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rings = 0
        self._rang_at = time.monotonic()

    @property
    def silence(self) -> float:
        """
        How long ago it last rang, in seconds.
        """
        return time.monotonic() - self._rang_at

    @property
    def rings(self) -> int:
        """
        How often it has rung.
        """
        return self._rings

    def ring(self) -> None:
        """
        Wake everybody who waits.
        """
        with self._changed:
            self._rings += 1
            self._rang_at = time.monotonic()
            self._changed.notify_all()

    def wait(self, heard: int, seconds: float) -> bool:
        """
        Return True as soon as it has rung since *heard*, False after *seconds*.
        """
        with self._changed:
            return self._changed.wait_for(lambda: self._rings != heard, seconds)


def listen(db: Database, bell: Bell, stop: threading.Event) -> None:
    """
    Ring *bell* at each commit to *db* that told something or asked to ``wake``, until *stop*.
    """
    watch = _watch_sqlite if db.is_sqlite else _watch_postgresql
    while not stop.is_set():
        try:
            watch(db, bell, stop)
        except Exception as error:
            log.warning("bus.cannot_listen", error=str(error))
            stop.wait(RECONNECT_SECONDS)
        bell.ring()


def _watch_sqlite(db: Database, bell: Bell, stop: threading.Event) -> None:
    with listening_to(db.engine) as doorbell:
        bell.ring()
        while not stop.is_set():
            if doorbell.wait(LISTEN_SECONDS):
                bell.ring()


def _watch_postgresql(db: Database, bell: Bell, stop: threading.Event) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"LISTEN {CHANNEL}")
        driver = connection.connection.driver_connection
        assert driver is not None
        bell.ring()
        while not stop.is_set():
            for _ in driver.notifies(timeout=LISTEN_SECONDS, stop_after=1):
                bell.ring()
        connection.invalidate()  # a connection that listens must not go back to the pool
