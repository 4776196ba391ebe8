"""
One process of a stage: ``python -m tests.load.bus_child ROLE BUS TELLER HEARER NOTES``.

*tell* and *hear* are the product's own workers. *naive-tell* and *naive-hear* are what one writes first: look
every 100 ms, confirm each, one transaction per event. *bare-hear* and *raw-hear* have no database.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kombu import Connection, Consumer, Queue
from sqlalchemy import event, select, update
from sqlalchemy.orm import Session

from shared import clock
from shared.bus.broker import Parcel, connect, publish_batch
from shared.bus.handlers import Handlers, deliver
from shared.bus.outbox import UNSENT, outbox
from shared.bus.topology import queue_name
from shared.bus.worker import Worker
from shared.contracts.customers import StatusChanged
from shared.db import Database
from tests.load import raw_amqp
from tests.load.bus_stage import HEARER, TELLER, Work

POLL_SECONDS = 0.1
PREFETCH = 500

handlers = Handlers(HEARER)


@handlers.on(StatusChanged)
def note(session: Session, fact: StatusChanged) -> None:
    """
    Leave one row behind: the effect.
    """
    session.add(Work(id=fact.customer_id, words=fact.new))
    session.info.setdefault("heard", []).append(fact.customer_id)


def tell(bus_url: str, teller: str, _hearer: str, notes: Path) -> None:
    """
    Run the worker of the service that tells.
    """
    _work(Worker(TELLER, Database(teller), Handlers(TELLER), bus_url, heartbeat=notes.with_suffix(".tell")))


def hear(bus_url: str, _teller: str, hearer: str, notes: Path) -> None:
    """
    Run the worker of the service that hears, noting each commit of effects.
    """
    _note_commits(notes)
    _work(Worker(HEARER, Database(hearer), handlers, bus_url, heartbeat=notes.with_suffix(".hear")))


def naive_tell(bus_url: str, teller: str, _hearer: str, _notes: Path) -> None:
    """
    Look every 100 ms; publish, wait for the confirmation and mark, one by one.
    """
    db, connection = Database(teller), connect(bus_url)
    unsent = select(outbox).where(UNSENT).order_by(outbox.c.seq).limit(PREFETCH)
    while True:
        with db.read() as session:
            rows = session.execute(unsent).all()
        for row in rows:
            publish_batch(connection, [Parcel(row.id, row.type, row.payload)])
            with db.begin() as session:
                mark = update(outbox).where(outbox.c.seq == row.seq)
                session.execute(mark.values(published_at=clock.real_now()))
        if not rows:
            time.sleep(POLL_SECONDS)


def naive_hear(bus_url: str, _teller: str, hearer: str, notes: Path) -> None:
    """
    One transaction and one acknowledgement per message.
    """
    _note_commits(notes)
    db = Database(hearer)

    def handle(message: Any) -> None:
        deliver(db, handlers, _octets(message))
        message.ack()

    connection = _consuming(bus_url, handle)
    while True:
        connection.drain_events()


def bare_hear(bus_url: str, _teller: str, _hearer: str, notes: Path) -> None:
    """
    Take messages as the product's consumer does and acknowledge them in batches, without a database.
    """
    arrived: list[Any] = []
    connection = _consuming(bus_url, arrived.append)
    with notes.open("a", buffering=1) as out:
        while True:
            connection.drain_events()
            try:
                while len(arrived) < PREFETCH:
                    connection.drain_events(timeout=0.0)
            except TimeoutError:
                pass
            arrived[-1].ack(multiple=True)
            out.write(f"{time.monotonic_ns()} {len(arrived)}\n")
            arrived.clear()


def raw_hear(bus_url: str, _teller: str, _hearer: str, notes: Path) -> None:
    """
    Count frames as they come off the socket.
    """
    with notes.open("a", buffering=1) as out:
        for count in raw_amqp.deliveries(bus_url, queue_name(HEARER)):
            out.write(f"{time.monotonic_ns()} {count}\n")


def _work(worker: Worker) -> None:
    def stop() -> None:
        sys.stdin.read()
        worker.stop()

    threading.Thread(target=stop, daemon=True).start()
    worker.run()


def _consuming(bus_url: str, handle: Callable[[Any], object]) -> Connection:
    connection = connect(bus_url)
    queue = Queue(queue_name(HEARER), no_declare=True)
    channel = connection.default_channel
    Consumer(channel, [queue], on_message=handle, auto_declare=False, prefetch_count=PREFETCH).consume()
    return connection


def _note_commits(notes: Path) -> None:
    out = notes.open("a", buffering=1)

    def after_commit(session: Session) -> None:
        heard = session.info.get("heard")
        if heard:
            out.write(f"{time.monotonic_ns()} {len(heard)} {' '.join(heard)}\n")

    event.listen(Session, "after_commit", after_commit)


def _octets(message: Any) -> bytes:
    return message.body if isinstance(message.body, bytes) else str(message.body).encode()


ROLES: dict[str, Callable[[str, str, str, Path], None]] = {
    each.__name__.replace("_", "-"): each
    for each in (tell, hear, naive_tell, naive_hear, bare_hear, raw_hear)
}


def main(role: str, bus_url: str, teller: str, hearer: str, notes: str) -> None:
    """
    Play *role* until the input is closed.
    """
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    os.dup2(os.open(f"{notes}.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND), sys.stdout.fileno())
    act = threading.Thread(target=ROLES[role], args=(bus_url, teller, hearer, Path(notes)), daemon=True)
    act.start()
    if role not in ("tell", "hear"):
        sys.stdin.read()
    else:
        act.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
