"""
What the conformance suite runs in processes of its own, to kill them.

``python bus_child.py <mode> <bus url> <service> [...]``; each line it prints is something the test waits for.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from kombu import Consumer, Queue
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shared import db as databases
from shared.bus.bell import Bell
from shared.bus.broker import Parcel, connect, declare, publish_batch
from shared.bus.consumer import consume
from shared.bus.handlers import Handlers
from shared.bus.inbox import InboxRow
from shared.bus.outbox import OutboxRow
from shared.bus.relay import relay as send_all
from shared.bus.topology import queue_name
from shared.contracts.envelope import Envelope
from shared.db import Database


class Record(DeclarativeBase):
    metadata = databases.metadata()


class Inbox(InboxRow, Record):
    pass


class Outbox(OutboxRow, Record):
    pass


class Line(Record):
    """What the listener leaves behind."""

    __tablename__ = "line"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    aggregate: Mapped[str] = mapped_column(String(100))
    words: Mapped[str] = mapped_column(String(100))


def say(words: str) -> None:
    """
    Tell the test.
    """
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def hold(url: str, service: str) -> None:
    """
    Take messages and never acknowledge them.
    """
    for message in _messages(url, service):
        say(message.properties["message_id"])


def die(url: str, service: str) -> None:
    """
    Die of the first message.
    """
    for message in _messages(url, service):
        say(message.properties["message_id"])
        os.kill(os.getpid(), signal.SIGKILL)


def publish(url: str, service: str) -> None:
    """
    Publish without end, saying what was confirmed.
    """
    connection = connect(url)
    for batch in count():
        parcels = [Parcel(f"{batch}.{i}", f"{service}.happened", b"{}") for i in range(10)]
        for one in sorted(publish_batch(connection, parcels)):
            say(one)


def bind(url: str, service: str, *names: str) -> None:
    """
    Declare the service's queues and bindings.
    """
    connection = connect(url)
    sys.stdin.readline()
    declare(connection.default_channel, service, names)
    connection.release()


def listen(url: str, service: str, database: str) -> None:
    """
    Hear everything and write it down, as a service's worker does.
    """
    handlers = Handlers(service)

    @handlers.on_any
    def write(session: Session, envelope: Envelope) -> None:
        session.add(Line(aggregate=envelope.subject, words=envelope.id))

    consume(Database(database), handlers, url, threading.Event())


def relay(url: str, service: str, database: str) -> None:
    """
    Send what the outbox holds, as a service's worker does.
    """
    send_all(Database(database), url, Bell(), threading.Event(), service=service)


def _messages(url: str, service: str) -> Iterator[Any]:
    arrived: list[Any] = []
    connection = connect(url)
    queue = Queue(queue_name(service), no_declare=True)
    consumer = Consumer(
        connection.default_channel, [queue], on_message=arrived.append, auto_declare=False, prefetch_count=10
    )
    consumer.consume()
    while True:
        connection.drain_events()
        while arrived:
            yield arrived.pop(0)


MODES: dict[str, Callable[..., None]] = {
    "hold": hold,
    "die": die,
    "publish": publish,
    "bind": bind,
    "listen": listen,
    "relay": relay,
}

if __name__ == "__main__":
    MODES[sys.argv[1]](*sys.argv[2:])
