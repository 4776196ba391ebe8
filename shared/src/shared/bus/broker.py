"""
One way to the broker, whichever it is: connect, declare, publish a batch and learn what arrived.
"""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import amqp
from kombu import Connection

from shared.bus.topology import EXCHANGE, dead_name, queue_name
from shared.contracts.envelope import CONTENT_TYPE, Envelope

HEARTBEAT_SECONDS = 5
CONNECT_SECONDS = 5
SILENCE_SECONDS = 8  # of a socket in the middle of a read or write
CONFIRM_SECONDS = 5


class NotConfirmed(Exception):
    """
    The broker did not confirm in time: nothing is known about the rest of the batch.
    """


class Parcel(NamedTuple):
    """
    A fact ready to travel: its id, its routing key and its bytes.
    """

    id: str
    key: str
    body: bytes


def parcel(envelope: Envelope) -> Parcel:
    """
    Pack *envelope*.
    """
    return Parcel(envelope.id, envelope.type, envelope.dump())


def connect(url: str) -> Connection:
    """
    Open a connection for one direction and one thread; lists of hosts are separated by semicolons.

    :raises connection.connection_errors: if the broker cannot be reached
    """
    options = {"read_timeout": SILENCE_SECONDS, "write_timeout": SILENCE_SECONDS}
    if url.startswith("sqlbus:"):
        options = {}
    connection = Connection(
        url, heartbeat=HEARTBEAT_SECONDS, connect_timeout=CONNECT_SECONDS, transport_options=options
    )
    connection.connect()
    return connection


def declare(channel: Any, service: str, names: Sequence[str]) -> None:
    """
    Make sure of the exchange, the queues of *service* and its bindings to *names*.

    Asks first and makes only what is missing, so that a user who may configure nothing can call it too.
    """
    _unless_there(
        channel, "exchange_declare", exchange=EXCHANGE, type="topic", durable=True, auto_delete=False
    )
    for queue in (queue_name(service), dead_name(service)):
        declare_queue(channel, queue)
    bind(channel, service, names)


def declare_queue(channel: Any, queue: str, **limits: object) -> None:
    """
    Make sure of one durable quorum queue; *limits* are for tests, else a policy says them.
    """
    arguments = {"x-queue-type": "quorum", **limits}
    _unless_there(channel, "queue_declare", queue=queue, durable=True, auto_delete=False, arguments=arguments)


def bind(channel: Any, service: str, names: Sequence[str]) -> None:
    """
    Make sure the queue of *service* gets the facts called *names*; asking again changes nothing.
    """
    for name in names:
        channel.queue_bind(queue=queue_name(service), exchange=EXCHANGE, routing_key=name)


def publish_batch(
    connection: Connection, parcels: Sequence[Parcel], *, timeout: float = CONFIRM_SECONDS
) -> set[str]:
    """
    Publish facts and return the ids of those that are safe in at least one queue.

    :raises NotConfirmed: if the broker says nothing for *timeout* seconds; use a new connection then
    """
    channel = connection.default_channel
    if isinstance(channel, amqp.Channel):
        confirms = _confirms.get(channel) or _confirms.setdefault(channel, _Confirms(channel))
        return confirms.publish(connection, parcels, timeout)
    messages = [(_message(channel, one), EXCHANGE, one.key) for one in parcels]
    routed = channel.publish_batch(messages)
    return {one.id for one, reached in zip(parcels, routed, strict=True) if reached}


def keep_alive(connection: Connection) -> None:
    """
    Answer and check heartbeats of a connection that is otherwise idle; call it every second.

    :raises connection.connection_errors: if the broker has gone silent
    """
    if connection.supports_heartbeats:
        with suppress(TimeoutError):
            connection.drain_events(timeout=0.001)
        connection.heartbeat_check()


class _Confirms:
    """
    Pipelined publishing on one AMQP channel: send all, then wait once for all confirmations.
    """

    def __init__(self, channel: Any) -> None:
        self._channel = channel
        self._tag = 0
        self._open: dict[int, str] = {}
        self._safe: set[str] = set()
        self._returned: set[str] = set()
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)

    def publish(self, connection: Connection, parcels: Sequence[Parcel], timeout: float) -> set[str]:
        self._safe.clear()
        self._returned.clear()
        with _corked(self._channel.connection.transport.sock):
            for one in parcels:
                self._send(one)
        end = time.monotonic() + timeout
        while self._open:
            try:
                connection.drain_events(timeout=max(end - time.monotonic(), 0.001))
            except TimeoutError as error:
                raise NotConfirmed(f"{len(self._open)} facts after {timeout} s") from error
        return self._safe - self._returned

    def _send(self, one: Parcel) -> None:
        self._tag += 1
        self._open[self._tag] = one.id
        self._channel.basic_publish(
            _message(self._channel, one), exchange=EXCHANGE, routing_key=one.key, mandatory=True
        )

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        self._safe.update(self._settle(delivery_tag, multiple))

    def _on_nack(self, delivery_tag: int, multiple: bool) -> None:
        self._settle(delivery_tag, multiple)

    def _on_return(self, _reason: Exception, _exchange: str, _key: str, message: Any) -> None:
        self._returned.add(message.properties["message_id"])

    def _settle(self, tag: int, multiple: bool) -> list[str]:
        if not multiple:
            return [self._open.pop(tag)]
        return [self._open.pop(each) for each in sorted(self._open) if each <= tag]


_confirms: WeakKeyDictionary[Any, _Confirms] = WeakKeyDictionary()


def _message(channel: Any, one: Parcel) -> Any:
    properties = {"message_id": one.id, "type": one.key, "delivery_mode": 2}
    return channel.prepare_message(one.body, content_type=CONTENT_TYPE, properties=properties)


@contextmanager
def _corked(wire: socket.socket) -> Iterator[None]:
    """
    Let the kernel gather what is written into few packets: py-amqp writes each message by itself, and the
    broker would be woken for each.
    """
    cork = getattr(socket, "TCP_CORK", None)  # Linux only
    if cork is None:
        yield
        return
    wire.setsockopt(socket.IPPROTO_TCP, cork, 1)
    yield
    wire.setsockopt(socket.IPPROTO_TCP, cork, 0)


def _unless_there(channel: Any, declare: str, **what: Any) -> None:
    # A failed passive check closes an AMQP channel, so each check gets one of its own.
    apart = channel.connection.channel() if isinstance(channel, amqp.Channel) else None
    try:
        getattr(apart or channel, declare)(passive=True, **what)
    except amqp.exceptions.NotFound:
        getattr(channel, declare)(**what)
    finally:
        if apart and apart.is_open:
            apart.close()
