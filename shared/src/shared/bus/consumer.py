"""
The consumer: takes what has arrived, hands it to the handlers as one batch, and acknowledges it as one.
"""

import threading
import time
from typing import Any

import structlog
from kombu import Connection, Consumer, Queue

from shared.bus import metrics
from shared.bus.backoff import Backoff
from shared.bus.broker import bind, connect, declare, keep_alive
from shared.bus.handlers import Handlers, Outage, deliver_batch
from shared.bus.topology import queue_name
from shared.db import Database
from shared.failpoint import failpoint

BATCH = 500
WAIT_SECONDS = 0.5
FEW = 50  # a batch of as many or more says that a queue waits, and nobody rests then
LONG_SECONDS = 0.01  # for a small batch: the machine has more to do than time
REBIND_SECONDS = 60.0

log = structlog.get_logger(__name__)


def consume(
    db: Database, handlers: Handlers, bus_url: str, stop: threading.Event, *, rest_seconds: float = 0.0
) -> None:
    """
    Feed the handlers until *stop*, with a new connection after any error.

    After a small batch that took long it rests for as long, up to *rest_seconds*: where time is short, what
    comes meanwhile is one batch, too, and costs less. What comes after a pause is taken at once.
    """
    backoff = Backoff(stop)
    while not stop.is_set():
        try:
            connection = connect(bus_url)
            try:
                _Consuming(db, handlers, connection, backoff, rest_seconds).run(stop)
            finally:
                connection.release()
        except Exception as error:
            log.warning("bus.consumer_starts_over", service=handlers.service, error=repr(error))
            backoff.pause()


class _Consuming:
    """
    One connection's worth of consuming.
    """

    def __init__(
        self, db: Database, handlers: Handlers, connection: Connection, backoff: Backoff, rest_seconds: float
    ) -> None:
        self._db = db
        self._handlers = handlers
        self._connection = connection
        self._backoff = backoff
        self._channel = connection.default_channel
        self._arrived: list[Any] = []
        self._rest_seconds, self._rested_at = rest_seconds, 0.0
        self._beat_at = self._rebind_at = 0.0
        declare(self._channel, handlers.service, handlers.names)
        self._rebind_at = time.monotonic() + REBIND_SECONDS
        self._consumer = Consumer(
            self._channel,
            [Queue(queue_name(handlers.service), no_declare=True)],
            on_message=self._arrived.append,
            auto_declare=False,
            prefetch_count=1,
        )
        self._careful = True

    def run(self, stop: threading.Event) -> None:
        self._consumer.consume()
        while not stop.is_set():
            stop.wait(max(0.0, self._rested_at - time.monotonic()))
            self._collect()
            if self._careful and not self._returned():
                self._open_up()
            if self._arrived:
                self._handle(stop)
            self._look_after()

    def _collect(self) -> None:
        wait = WAIT_SECONDS
        try:
            while len(self._arrived) < BATCH:
                self._connection.drain_events(timeout=wait)
                wait = 0.0
        except TimeoutError:
            return

    def _returned(self) -> bool:
        return any(message.delivery_info.get("redelivered") for message in self._arrived)

    def _open_up(self) -> None:
        # After a start, returned messages are taken singly: one of them may have killed us, and each death
        # counts against everything that was in hand.
        self._careful = False
        self._consumer.cancel()
        self._consumer.qos(prefetch_count=BATCH)
        self._consumer.consume()

    def _handle(self, stop: threading.Event) -> None:
        batch, began = self._arrived[:], time.monotonic()
        while not stop.is_set():
            try:
                deliver_batch(self._db, self._handlers, [_bytes(message) for message in batch])
                break
            except Outage as error:
                log.warning("bus.database_does_not_answer", service=self._handlers.service, error=str(error))
                self._backoff.pause()
                self._look_after()
        else:
            return
        self._backoff.reset()
        batch[-1].ack(multiple=True)
        del self._arrived[: len(batch)]
        metrics.HEARD.inc(len(batch))
        if len(batch) < FEW:
            took = time.monotonic() - began
            self._rested_at = began + took + (min(took, self._rest_seconds) if took > LONG_SECONDS else 0)
        failpoint(f"{self._handlers.service}.consumer.after_ack", facts=map(_fact, batch))

    def _look_after(self) -> None:
        now = time.monotonic()
        if now >= self._beat_at:
            self._beat_at = now + 1.0
            keep_alive(self._connection)
        if now >= self._rebind_at:
            self._rebind_at = now + REBIND_SECONDS
            bind(self._channel, self._handlers.service, self._handlers.names)


def _fact(message: Any) -> str:
    return str(message.delivery_info["routing_key"])


def _bytes(message: Any) -> bytes:
    body = message.body
    return body if isinstance(body, bytes) else str(body or "").encode()
