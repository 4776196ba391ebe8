"""What the tests of the bus share: one engine's bus to publish on and look into, and processes to kill."""

import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from kombu import Connection

from shared.bus.broker import Parcel, declare, declare_queue, publish_batch
from shared.bus.topology import dead_name, limits, queue_name
from shared.contracts.envelope import Envelope

CHILD = Path(__file__).with_name("bus_child.py")
PATIENCE_SECONDS = 20.0
UNHEARD = "un.heard"  # with the test's mark three words, which not even "*.*" takes


@dataclass
class Bus:
    """
    The engine under test, with names no other test uses.
    """

    url: str
    connection: Connection
    mark: str = field(default_factory=lambda: "t" + secrets.token_hex(4))
    services: list[str] = field(default_factory=list)
    children: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def channel(self) -> Any:
        return self.connection.default_channel

    def service(self, name: str, *facts: str) -> str:
        """
        Make a service with its queues, hearing *facts*.
        """
        service = f"{self.mark}-{name}"
        self.services.append(service)
        declare_queue(self.channel, dead_name(service))
        policy = {f"x-{key}": value for key, value in limits(service).items()}
        declare_queue(self.channel, queue_name(service), **policy)
        declare(self.channel, service, [self.fact(fact) for fact in facts])
        return service

    def fact(self, name: str) -> str:
        """
        Return a fact's name of this test's own.
        """
        return f"{self.mark}.{name}"

    def publish(self, *facts: str) -> set[str]:
        """
        Publish one fact per name; its id is the name and its position.
        """
        parcels = [Parcel(f"{name}#{at}", self.fact(name), name.encode()) for at, name in enumerate(facts)]
        return publish_batch(self.connection, parcels)

    def get(self, queue: str) -> Any:
        """
        Take one message of *queue*, or None.
        """
        raw = self.channel.basic_get(queue)
        return raw and self.channel.message_to_python(raw)

    def take(self, queue: str, count: int) -> list[Any]:
        """
        Wait for *count* messages of *queue* and acknowledge them.
        """
        taken: list[Any] = []

        def enough() -> bool:
            message = self.get(queue)
            if message:
                message.ack()
                taken.append(message)
            return len(taken) == count

        wait_until(enough)
        return taken

    def ids(self, queue: str, count: int) -> list[str]:
        """
        Wait for *count* messages of *queue* and return their ids.
        """
        return [message.properties["message_id"] for message in self.take(queue, count)]

    def is_empty(self, queue: str) -> bool:
        """
        Tell whether *queue* has nothing to give.
        """
        return self.get(queue) is None

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """
        Run bus_child.py.
        """
        child = subprocess.Popen(
            [sys.executable, str(CHILD), arguments[0], self.url, *arguments[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},  # noqa: TID251
        )
        self.children.append(child)
        return child

    def close(self) -> None:
        """
        Leave nothing behind.
        """
        for child in self.children:
            kill(child)
        for service in self.services:
            self.channel.queue_delete(queue_name(service))
            self.channel.queue_delete(dead_name(service))
        self.connection.release()


def wait_until(true: Callable[[], bool]) -> None:
    """
    Wait until *true* says so.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        threading.Event().wait(0.005)


def kill(child: subprocess.Popen[str]) -> None:
    """
    Kill a process of ours, if it still runs.
    """
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe:
            pipe.close()


def line(pipe: IO[str] | None) -> str:
    """
    Read what a child says next.
    """
    assert pipe
    return pipe.readline().strip()


def envelope(name: str, *, aggregate: str, number: int) -> Envelope:
    """
    Return an envelope as a service would write it.
    """
    return Envelope(
        id=f"evt_{number:03d}",
        source="/test",
        type=name,
        subject=aggregate,
        time=datetime(2026, 11, 20, tzinfo=UTC),
        data={},
    )
