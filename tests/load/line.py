"""Asking over HTTP at little cost: what asks shares two cores with what answers."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from tests.load.figures import percentile

ROUNDS, WARM_UP = 120, 20
AT_ONCE, SECONDS = 16, 5.0
LARGEST_READ = 65_536


class NotAnswered(Exception):
    """
    The answer was not 200, or there was none.
    """


@dataclass(frozen=True)
class Address:
    """
    Something to GET, and the header to show.
    """

    url: str
    bearer: Callable[[], str]


class Asks(Protocol):
    """
    Somebody who asks again and again.
    """

    def get(self) -> bytes:
        """
        Ask, and insist on 200.
        """

    def close(self) -> None:
        """
        Stop asking.
        """


class Line:
    """
    One connection kept open to one address; reads no more of HTTP than gunicorn writes.
    """

    def __init__(self, address: Address) -> None:
        parts = urlsplit(address.url)
        self._address, self._host = address, f"{parts.hostname}:{parts.port}"
        self._path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self) -> bytes:
        """
        Ask, insist on 200, and return the body.
        """
        shown = f"Host: {self._host}\r\nAuthorization: {self._address.bearer()}\r\n"
        self._socket.sendall(f"GET {self._path} HTTP/1.1\r\n{shown}\r\n".encode())
        head, _, body = self._read_past(b"", b"\r\n\r\n").partition(b"\r\n\r\n")
        missing = _length(head) - len(body)
        while missing > 0:
            body += self._more()
            missing = _length(head) - len(body)
        if not head.startswith(b"HTTP/1.1 200"):
            raise NotAnswered(f"{self._path} answered {head[:40]!r}: {body[:300]!r}")
        return body

    def close(self) -> None:
        """
        Hang up.
        """
        self._socket.close()

    def _read_past(self, read: bytes, mark: bytes) -> bytes:
        while mark not in read:
            read += self._more()
        return read

    def _more(self) -> bytes:
        found = self._socket.recv(LARGEST_READ)
        if not found:
            raise NotAnswered(f"{self._path}: the connection was closed")
        return found


class OneByOne:
    """
    The naive page: each address asked in turn, over a new connection every time.
    """

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = addresses

    def get(self) -> bytes:
        """
        Ask all of them.
        """
        return b"".join(_asked_once(address) for address in self._addresses)

    def close(self) -> None:
        """
        Nothing is kept open.
        """


def medians(addresses: Sequence[Address]) -> list[float]:
    """
    Return the median milliseconds of each address, asked in turn so that all see the same weather.
    """
    lines = [Line(address) for address in addresses]
    taken: list[list[float]] = [[] for _ in lines]
    for turn in range(WARM_UP + ROUNDS):
        for line, samples in zip(lines, taken, strict=True):
            started = time.perf_counter()
            line.get()
            if turn >= WARM_UP:
                samples.append((time.perf_counter() - started) * 1000)
    for line in lines:
        line.close()
    return [percentile(samples, 0.5) for samples in taken]


def rate(connect: Callable[[], Asks]) -> float:
    """
    Return the calls a second of 16 callers, each asking again as soon as it is answered.
    """
    counts, end = [0] * AT_ONCE, time.monotonic() + SECONDS

    def ask(caller: int) -> None:
        line = connect()
        while time.monotonic() < end:
            line.get()
            counts[caller] += 1
        line.close()

    callers = [threading.Thread(target=ask, args=(caller,)) for caller in range(AT_ONCE)]
    started = time.monotonic()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return sum(counts) / (time.monotonic() - started)


def _asked_once(address: Address) -> bytes:
    line = Line(address)
    try:
        return line.get()
    finally:
        line.close()


def _length(head: bytes) -> int:
    for header in head.lower().split(b"\r\n"):
        if header.startswith(b"content-length:"):
            return int(header[15:])
    raise NotAnswered(f"an answer of unknown length: {head[:200]!r}")
