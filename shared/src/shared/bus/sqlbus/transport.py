"""
The embedded bus as kombu sees it: a channel over the store, and a transport that waits for writes.
"""

import json
import sqlite3
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import urlsplit

from amqp.exceptions import ChannelError, NotFound
from kombu.transport import virtual

from shared.bus.sqlbus.store import Held, Letter, Store

LEASE_AT_ONCE = 500
WAIT_SECONDS = 0.5  # dead owners change no file; look for them that often


class Channel(virtual.Channel):  # type: ignore[misc]  # kombu is not typed
    """
    What one thread of one process does with the bus.
    """

    do_restore = False  # close() gives back what is held
    body_encoding = None

    def __init__(self, connection: Any, **kwargs: Any) -> None:
        super().__init__(connection, **kwargs)
        self.store = Store(path_of(connection.client.hostname))
        self.events: defaultdict[str, set[Callable[..., None]]] = defaultdict(set)
        self._ahead: defaultdict[str, deque[Held]] = defaultdict(deque)

    def close(self) -> None:
        """
        Give back what was not acknowledged and let go of the file.
        """
        if self.closed:
            return
        super().close()
        for ahead in self._ahead.values():
            self.store.untouched([held.id for held in ahead])
        self.store.close()

    # -- shape

    def exchange_declare(
        self, exchange: str, type: str = "topic", passive: bool = False, **kwargs: Any
    ) -> None:
        """
        Make an exchange, or with *passive* only check that it is there.
        """
        if type not in ("topic", "direct"):
            raise ChannelError(f"the embedded bus has no {type} exchanges")
        if passive and not self.store.has_exchange(exchange):
            raise NotFound(f"no exchange {exchange}")
        self.store.declare_exchange(exchange)

    def queue_bind(self, queue: str, exchange: str = "", routing_key: str = "", **kwargs: Any) -> None:
        """
        Bind *queue* to *exchange*.
        """
        if not self.store.has_queue(queue):
            raise NotFound(f"no queue {queue}")
        self.store.bind(queue, exchange, routing_key)

    def queue_unbind(self, queue: str, exchange: str = "", routing_key: str = "", **kwargs: Any) -> None:
        """
        Undo a binding.
        """
        self.store.unbind(queue, exchange, routing_key)

    def queue_declare(self, queue: str, passive: bool = False, **kwargs: Any) -> Any:
        """
        Make a queue, or with *passive* only check that it is there.
        """
        if passive and not self.store.has_queue(queue):
            raise NotFound(f"no queue {queue}")
        return super().queue_declare(queue, **kwargs)

    def queue_delete(self, queue: str, **kwargs: Any) -> None:
        """
        Remove a queue with all that is in it.
        """
        self.store.delete_queue(queue)

    def list_bindings(self) -> list[tuple[str, str, str]]:
        """
        Return every (queue, exchange, routing key).
        """
        return [(queue, exchange, pattern) for exchange, pattern, queue in self.store.bindings()]

    # -- publishing

    def basic_publish(
        self, message: Any, exchange: str, routing_key: str, mandatory: bool = False, **kwargs: Any
    ) -> None:
        """
        Publish one message; an unroutable mandatory one comes back through ``events["basic_return"]``.
        """
        self.publish_batch([(message, exchange, routing_key)], mandatory=mandatory)

    def publish_batch(
        self, messages: Sequence[tuple[Any, str, str]], *, mandatory: bool = True
    ) -> list[bool]:
        """
        Publish (message, exchange, routing key) in one transaction; tell which reached a queue.
        """
        routed = self.store.publish([self._letter(*message) for message in messages])
        for (message, exchange, key), reached in zip(messages, routed, strict=True):
            if mandatory and not reached:
                self._return(message, exchange, key)
        return routed

    def _letter(self, message: Any, exchange: str, routing_key: str) -> Letter:
        self._inplace_augment_message(message, exchange, routing_key)
        head = {name: value for name, value in message.items() if name != "body"}
        return Letter(exchange, routing_key, json.dumps(head), message["body"])

    def _return(self, message: Any, exchange: str, key: str) -> None:
        reason = ChannelError(f"NO_ROUTE for {key}", (50, 60), "basic_return", "312")
        raw = self.Message({**message, "properties": {**message["properties"]}}, channel=self)
        for callback in self.events["basic_return"]:
            callback(reason, exchange, key, raw)

    # -- consuming

    def basic_ack(self, delivery_tag: int, multiple: bool = False) -> None:
        """
        Count a message as handled; with *multiple* every earlier one of this channel too.
        """
        tags = [delivery_tag]
        if multiple:
            tags = [tag for tag in self.qos._delivered if tag <= delivery_tag]
        self.store.acknowledge(tags)
        for tag in tags:
            self.qos._quick_ack(tag)

    def basic_reject(self, delivery_tag: int, requeue: bool = False) -> None:
        """
        Put a message back into its own queue, or with the dead letters.
        """
        put = self.store.requeue if requeue else self.store.bury
        put([delivery_tag])
        self.qos._quick_ack(delivery_tag)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        ahead = self._ahead[queue]
        if not ahead:
            room = self.qos.can_consume_max_estimate()
            ahead.extend(self.store.lease(queue, min(LEASE_AT_ONCE, room or LEASE_AT_ONCE)))
        if not ahead:
            raise Empty
        return _raw(ahead.popleft())

    def _restore(self, message: Any) -> None:
        self.store.requeue([message.delivery_tag])

    def _new_queue(self, queue: str, **kwargs: Any) -> None:
        self.store.declare_queue(queue)

    def _size(self, queue: str) -> int:
        return self.store.size(queue)

    def _purge(self, queue: str) -> int:
        return self.store.purge(queue)


class Transport(virtual.Transport):  # type: ignore[misc]
    """
    ``sqlbus:////absolute/path/of/bus.db``.
    """

    Channel = Channel
    can_parse_url = True
    default_port = 0
    driver_type = "sql"
    driver_name = "sqlite3"
    connection_errors = (sqlite3.Error, OSError)
    channel_errors = (ChannelError,)
    implements = virtual.Transport.implements.extend(exchange_type=frozenset(["direct", "topic"]))

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:
        """
        Deliver one message, waiting for one to be written.

        :raises socket.timeout: after *timeout* seconds without any
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                self.cycle.get(self._deliver, timeout=timeout)
            except Empty:
                self._wait(end)
            else:
                return

    def _wait(self, end: float | None) -> None:
        left = WAIT_SECONDS if end is None else min(end - time.monotonic(), WAIT_SECONDS)
        if left <= 0:
            raise TimeoutError
        consuming = next((channel for channel in self.channels if channel._consumers), self.channels[0])
        consuming.store.wait(left)

    def driver_version(self) -> str:
        """
        Return SQLite's version.
        """
        return sqlite3.sqlite_version


def path_of(url: str) -> Path:
    """
    Return the file of a ``sqlbus:////absolute/path`` address.
    """
    return Path("/" + urlsplit(url).path.lstrip("/"))


def _raw(held: Held) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(held.head)
    message["body"] = held.body
    message["properties"]["delivery_tag"] = held.id
    message["properties"]["delivery_info"]["redelivered"] = held.deliveries > 0
    message["headers"]["x-delivery-count"] = held.deliveries
    return message
