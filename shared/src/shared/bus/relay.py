"""
The relay: takes unsent facts from the outbox, publishes them, and marks what the broker has confirmed.

Reading, publishing and marking are three steps with no transaction open between them. Dying after the second
sends a fact twice, which the inbox of each listener absorbs. Facts of one aggregate keep their order: behind
one that could not be delivered the others wait.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from kombu import Connection
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    CursorResult,
    Row,
    any_,
    delete,
    literal,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from shared import clock
from shared.bus import faults, metrics
from shared.bus.backoff import Backoff
from shared.bus.bell import Bell
from shared.bus.broker import Parcel, connect, keep_alive, publish_batch
from shared.bus.leader import leading
from shared.bus.outbox import UNSENT, outbox
from shared.db import Database
from shared.failpoint import failpoint

BATCH = 200
KEEP_DAYS = 7
PAUSES_SECONDS = (0.2, 1.0, 2.0, 5.0)  # of an aggregate whose fact could not be delivered
MOST_HELD = 200
POLL_SECONDS = 1.0  # the safety net under the bell

NEXT = (
    select(outbox.c.seq, outbox.c.id, outbox.c.type, outbox.c.aggregate_id, outbox.c.payload)
    .where(UNSENT)
    .order_by(outbox.c.seq)
    .limit(BATCH)
)
Unsent = Row[tuple[int, str, str, str, bytes]]

log = structlog.get_logger(__name__)


@dataclass
class Held:
    """
    The aggregates that wait after a failed delivery: until when (monotonic), and how often it failed.
    """

    until: dict[str, float] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    def hold(self, aggregate: str) -> None:
        """
        Let *aggregate* wait, longer each time.
        """
        failed = self.failures[aggregate] = self.failures.get(aggregate, 0) + 1
        self.until[aggregate] = time.monotonic() + PAUSES_SECONDS[min(failed, len(PAUSES_SECONDS)) - 1]

    def release(self, aggregate: str) -> None:
        """
        Forget that *aggregate* ever failed.
        """
        self.until.pop(aggregate, None)
        self.failures.pop(aggregate, None)

    def now(self) -> list[str]:
        """
        Return the aggregates that still wait.
        """
        return [aggregate for aggregate, until in self.until.items() if until > time.monotonic()]


def relay(db: Database, bus_url: str, bell: Bell, stop: threading.Event, *, service: str) -> None:
    """
    Send what the service tells until *stop*, as its only relay, with a new connection after any error.
    """
    backoff = Backoff(stop)
    while not stop.is_set():
        try:
            with leading(db, stop) as lead:
                if lead:
                    _relay_over(connect(bus_url), db, bell, stop, service, backoff)
        except Exception as error:
            log.warning("bus.relay_starts_over", service=service, error=repr(error))
            backoff.pause()


def _relay_over(
    connection: Connection, db: Database, bell: Bell, stop: threading.Event, service: str, backoff: Backoff
) -> None:
    held = Held()
    try:
        while not stop.is_set():
            heard = bell.rings
            rows = _unsent(db, held.now())
            if _send(db, connection, rows, service, held):
                backoff.reset()
            if len(rows) == BATCH:
                continue  # there is more
            if not bell.wait(heard, PAUSES_SECONDS[0] if held.until else POLL_SECONDS):
                keep_alive(connection)
    finally:
        connection.release()


def relay_once(db: Database, connection: Connection, *, service: str = "", held: Held | None = None) -> int:
    """
    Send one batch of unsent facts; return how many are safely on their way.

    :raises connection.connection_errors, NotConfirmed: if the broker fails; the facts stay unsent
    """
    held = Held() if held is None else held
    return _send(db, connection, _unsent(db, held.now()), service, held)


def forget_old(db: Database) -> int:
    """
    Delete facts sent more than 7 days ago; return how many.
    """
    before = clock.real_now() - timedelta(days=KEEP_DAYS)
    with db.begin() as session:
        result = session.execute(delete(outbox).where(outbox.c.published_at < before))
        assert isinstance(result, CursorResult)
        return result.rowcount


def _unsent(db: Database, waiting: Sequence[str]) -> Sequence[Unsent]:
    if len(waiting) >= MOST_HELD:
        return []
    statement = NEXT.where(outbox.c.aggregate_id.not_in(waiting)) if waiting else NEXT
    with db.read() as session:
        return session.execute(statement).all()


def _send(db: Database, connection: Connection, rows: Sequence[Unsent], service: str, held: Held) -> int:
    if not rows:
        return 0
    failpoint(f"{service}.relay.before_publish", facts=(row.type for row in rows))
    safe = publish_batch(connection, [Parcel(row.id, row.type, row.payload) for row in rows])
    failpoint(f"{service}.relay.after_publish", facts=(row.type for row in rows))
    sent = _in_order(rows, safe, held)
    _mark(db, sent)
    metrics.SENT.inc(len(sent))
    return len(sent)


def _in_order(rows: Sequence[Unsent], safe: set[str], held: Held) -> list[int]:
    """
    Return what counts as sent: not what follows an undelivered fact of its aggregate, which is sent again.
    """
    stopped: set[str] = set()
    sent = []
    for row in rows:
        if row.aggregate_id in stopped:
            continue
        if row.id in safe:
            held.release(row.aggregate_id)
            sent.append(row.seq)
            continue
        stopped.add(row.aggregate_id)
        metrics.UNROUTED.inc()
        held.hold(row.aggregate_id)
        log.error("bus.fact_not_routed", type=row.type, event_id=row.id, aggregate_id=row.aggregate_id)
    return sent


def _mark(db: Database, sent: list[int]) -> None:
    if not sent:
        return
    mark = (
        update(outbox)
        .where(_among(sent, db))
        .values(published_at=clock.real_now(), attempts=outbox.c.attempts + 1)
    )
    # The facts are out already: waiting again for a busy database is better than sending them twice.
    for last in (False, False, True):
        try:
            with db.begin(durable=False) as session:  # a power cut would have them sent twice, no more
                session.execute(mark)
            return
        except DBAPIError as error:
            if last or faults.kind(error) is not faults.Kind.AGAIN:
                raise


def _among(sent: list[int], db: Database) -> ColumnElement[bool]:
    # As one array the statement's text is always the same, so PostgreSQL has it prepared.
    if db.is_sqlite:
        return outbox.c.seq.in_(sent)
    return outbox.c.seq == any_(literal(sent, ARRAY(BigInteger)))
