"""
The ceiling of the broker: frames encoded beforehand, written and counted with as little Python as possible.

py-amqp opens the connection, then its socket is ours.
"""

import socket
import struct
from collections.abc import Iterator

from shared.bus.broker import connect
from shared.bus.topology import EXCHANGE

WINDOW = 2000
CHUNK = 250
RECEIVE_BYTES = 1 << 20
METHOD, HEADER, BODY, END = 1, 2, 3, b"\xce"
DELIVER, ACK = (60, 60), (60, 80)


def publish(bus_url: str, key: str, body: bytes, count: int) -> None:
    """
    Publish *count* persistent messages, never more than a window ahead of the broker's confirmations.
    """
    with connect(bus_url) as connection:
        channel = connection.default_channel
        channel.confirm_select()
        wire = channel.connection.transport.sock
        chunk = _message(channel.channel_id, key, body) * CHUNK
        confirmed, sent, frames = _Confirmed(), 0, _frames(wire)
        while confirmed.count < count:
            while sent < count and sent - confirmed.count <= WINDOW - CHUNK:
                wire.sendall(chunk)
                sent += CHUNK
            for method, tag, multiple in next(frames):
                if method == ACK:
                    confirmed.note(tag, multiple)


def deliveries(bus_url: str, queue: str) -> Iterator[int]:
    """
    Consume *queue*, acknowledging whatever one read brought at once; yields how many that were.
    """
    with connect(bus_url) as connection:
        channel = connection.default_channel
        channel.basic_qos(0, WINDOW, False)
        channel.basic_consume(queue)
        wire = channel.connection.transport.sock
        for arrived in _frames(wire):
            tags = [tag for method, tag, _ in arrived if method == DELIVER]
            if tags:
                acknowledge = struct.pack(">HHQB", *ACK, tags[-1], 1)
                wire.sendall(_frame(METHOD, channel.channel_id, acknowledge))
                yield len(tags)


class _Confirmed:
    """
    Counts confirmations, which come one by one, out of order, or for everything up to a tag.
    """

    def __init__(self) -> None:
        self._all_to = 0
        self._ahead: set[int] = set()

    @property
    def count(self) -> int:
        return self._all_to + len(self._ahead)

    def note(self, tag: int, multiple: int) -> None:
        if multiple:
            self._all_to = max(self._all_to, tag)
            self._ahead = {each for each in self._ahead if each > self._all_to}
        else:
            self._ahead.add(tag)
        while self._all_to + 1 in self._ahead:
            self._all_to += 1
            self._ahead.remove(self._all_to)


def _frames(wire: socket.socket) -> Iterator[list[tuple[tuple[int, int], int, int]]]:
    """
    Yield, for each read, the (method, delivery tag, multiple) of the confirmations and deliveries in it.
    """
    rest = b""
    while True:
        data, at, found = rest + wire.recv(RECEIVE_BYTES), 0, []
        while at + 7 <= len(data):
            kind, _, size = struct.unpack_from(">BHI", data, at)
            if at + size + 8 > len(data):
                break
            if kind == METHOD:
                found += _method(data[at + 7 : at + 7 + size])
            at += size + 8
        rest = data[at:]
        yield found


def _method(payload: bytes) -> list[tuple[tuple[int, int], int, int]]:
    method = struct.unpack_from(">HH", payload)
    if method == ACK:
        return [((60, 80), *struct.unpack_from(">QB", payload, 4))]
    if method == DELIVER:
        tag_at = 5 + payload[4]  # after the consumer's tag, a short string
        return [((60, 60), struct.unpack_from(">Q", payload, tag_at)[0], 0)]
    return []


def _message(channel: int, key: str, body: bytes) -> bytes:
    to = _short(EXCHANGE) + _short(key)
    publish = struct.pack(">HHH", 60, 40, 0) + to + b"\x01"  # mandatory
    header = struct.pack(">HHQHB", 60, 0, len(body), 0x1000, 2)  # delivery mode 2: persistent
    return _frame(METHOD, channel, publish) + _frame(HEADER, channel, header) + _frame(BODY, channel, body)


def _frame(kind: int, channel: int, payload: bytes) -> bytes:
    return struct.pack(">BHI", kind, channel, len(payload)) + payload + END


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()
