"""
The operator's view of the broker: what is there, how much waits, and what became of dead letters.

On RabbitMQ it speaks through pika, on purpose another client than the services use: an independent witness.
"""

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile
from typing import Any, NamedTuple, Protocol

import pika
from amqp.exceptions import NotFound
from kombu.utils.url import parse_url

from shared.bus.sqlbus.store import Store
from shared.bus.sqlbus.transport import path_of
from shared.bus.topology import EXCHANGE, dead_name, queue_name


class DeadLetter(NamedTuple):
    """
    A message a service could not take; *key* is the fact's name.
    """

    id: str
    key: str
    body: bytes


class Desk(Protocol):
    """
    What an operator can do with either engine.
    """

    def depth(self, queue: str) -> int | None:
        """
        Return how many messages wait in *queue*; None if it does not exist.
        """

    def has_exchange(self) -> bool:
        """
        Tell whether the exchange of facts exists.
        """

    def declare(self, services: Sequence[str]) -> None:
        """
        Make the exchange and the queues of *services* where they are missing.
        """

    def dead_letters(self, service: str, limit: int) -> list[DeadLetter]:
        """
        Return the first dead letters of *service*, and leave them there.
        """

    def replay(self, service: str) -> int:
        """
        Put the dead letters of *service* at the end of its queue; return how many.
        """


@contextmanager
def desk(bus_url: str) -> Iterator[Desk]:
    """
    Sit down at the desk of the broker at *bus_url*.
    """
    if bus_url.startswith("sqlbus:"):
        store = Store(path_of(bus_url))
        try:
            yield _EmbeddedDesk(store)
        finally:
            store.close()
        return
    connection = pika.BlockingConnection(_parameters(bus_url))
    try:
        yield _RabbitDesk(connection)
    finally:
        connection.close()


class _EmbeddedDesk:
    def __init__(self, store: Store) -> None:
        self._store = store

    def depth(self, queue: str) -> int | None:
        return self._store.size(queue) if self._store.has_queue(queue) else None

    def has_exchange(self) -> bool:
        return self._store.has_exchange(EXCHANGE)

    def declare(self, services: Sequence[str]) -> None:
        self._store.declare_exchange(EXCHANGE)
        for service in services:
            self._store.declare_queue(queue_name(service))
            self._store.declare_queue(dead_name(service))

    def dead_letters(self, service: str, limit: int) -> list[DeadLetter]:
        return [
            DeadLetter(held.message_id, held.routing_key, held.octets)
            for held in self._store.peek(dead_name(service), limit)
        ]

    def replay(self, service: str) -> int:
        if not self._store.has_queue(queue_name(service)):
            raise NotFound(f"no queue {queue_name(service)}")
        return self._store.move(dead_name(service), queue_name(service))


class _RabbitDesk:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def depth(self, queue: str) -> int | None:
        # A failed passive declaration closes its channel, so each has one of its own.
        channel = self._connection.channel()
        try:
            return int(channel.queue_declare(queue, passive=True).method.message_count)
        except pika.exceptions.ChannelClosedByBroker:
            return None

    def has_exchange(self) -> bool:
        try:
            self._connection.channel().exchange_declare(EXCHANGE, passive=True)
        except pika.exceptions.ChannelClosedByBroker:
            return False
        return True

    def declare(self, services: Sequence[str]) -> None:
        channel = self._connection.channel()
        channel.exchange_declare(EXCHANGE, exchange_type="topic", durable=True)
        for service in services:
            for queue in (queue_name(service), dead_name(service)):
                channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})

    def dead_letters(self, service: str, limit: int) -> list[DeadLetter]:
        channel = self._connection.channel()
        got = (channel.basic_get(dead_name(service)) for _ in range(limit))
        letters = [
            DeadLetter(properties.message_id or "", _first_key(properties, method), body)
            for method, properties, body in takewhile(lambda answer: answer[0], got)
        ]
        channel.close()  # nothing was acknowledged: all go back
        return letters

    def replay(self, service: str) -> int:
        channel = self._connection.channel()
        channel.confirm_delivery()
        count = self.depth(dead_name(service)) or 0  # not those that come back meanwhile
        for _ in range(count):
            method, properties, body = channel.basic_get(dead_name(service))
            if method:
                channel.basic_publish("", queue_name(service), body, properties, mandatory=True)
                channel.basic_ack(method.delivery_tag)
        return count


def _first_key(properties: Any, method: Any) -> str:
    return str(properties.type or method.routing_key)


def _parameters(url: str) -> Any:
    at = parse_url(url.split(";")[0])
    secure = url.startswith("amqps:")
    return pika.ConnectionParameters(
        host=at["hostname"] or "localhost",
        port=at["port"] or (5671 if secure else 5672),
        virtual_host=at["virtual_host"] or "/",
        credentials=pika.PlainCredentials(at["userid"] or "guest", at["password"] or "guest"),
        ssl_options=pika.SSLOptions(ssl.create_default_context()) if secure else None,
        socket_timeout=5,
        blocked_connection_timeout=10,
    )
