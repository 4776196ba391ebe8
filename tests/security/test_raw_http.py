"""What a socket can be told that no HTTP client would say (reliability.md section 3, items 57, 81 and 82)."""

import gzip
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing import open_migrated
from tests.journeys.world import World
from tests.security.evidence import refused
from tests.system.serving import serving

HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /api/v1/availability HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
GET = b"GET /livez HTTP/1.1\r\n" + HOST


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[int]:
    """
    Where a service listens.
    """
    folder = tmp_path_factory.mktemp("raw")
    with serving(open_migrated(folder, "catalog"), keys_dir, "catalog", drain=0) as (_, url):
        yield int(url.rpartition(":")[2])


def answers(port: int, said: bytes) -> list[int]:
    """
    Return the status of every answer to what is *said* on one connection.
    """
    heard = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(said)
        wire.shutdown(socket.SHUT_WR)
        while part := wire.recv(65536):
            heard += part
    return [int(line.split()[1]) for line in heard.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]


SMUGGLED = GET + b"\r\n"
SHAPES = {
    "length and chunks": POST
    + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + SMUGGLED,
    "a length with a sign": POST + b"Content-Length: +0\r\n\r\n" + SMUGGLED,
    "a length that is none": POST + b"Content-Length: 1e1\r\n\r\n" + SMUGGLED,
    "chunks twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunks hidden": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a bad chunk": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + SMUGGLED,
    "a line without an end": POST + b"X: y\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_81_a_second_request_cannot_be_hidden_in_the_first(port: int, shape: str) -> None:
    found = answers(port, SHAPES[shape])

    assert len(found) == 1, found
    assert found[0] in (400, 401, 501), found


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET /livez?" + b"x" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
        (GET + b"X-Long: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (GET + b"".join(b"X-%d: y\r\n" % n for n in range(200)) + b"\r\n", 431),
    ],
    ids=["address", "header", "headers"],
)
def test_82_what_is_too_long_is_not_read(port: int, said: bytes, status: int) -> None:
    assert answers(port, said) == [status]
    assert answers(port, GET + b"Connection: close\r\n\r\n") == [200]


def test_57_73_a_packed_body_is_never_unpacked(world: World) -> None:
    bomb = gzip.compress(b'{"login": "' + b"x" * 50_000_000 + b'"}')
    answer = world.client().post(
        "/api/v1/sessions",
        data=bomb,
        headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
    )
    refused(answer, 415, "unsupported_media_type")
