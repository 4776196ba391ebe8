"""Whoever waits for something new in a file is told at once, and only of what is for them."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from errno import ENOSPC
from pathlib import Path

import pytest

from shared.bus import doorbell
from shared.bus.doorbell import Listening, bell_of, listening, ring
from shared.bus.outbox import tell
from shared.bus.sqlbus.store import Letter, Store
from shared.contracts.portal import SignedIn
from shared.db import Database

LONG, SHORT = 20.0, 0.05
AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "some.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        yield connection


@pytest.fixture
def mine(connection: sqlite3.Connection) -> Iterator[Listening]:
    with closing(listening(connection)) as mine:
        yield mine


def test_a_ring_wakes_who_waits(mine: Listening, tmp_path: Path) -> None:
    bell, woken = tmp_path / "bells" / "mine", threading.Event()
    mine.to(bell)
    thread = threading.Thread(target=lambda: mine.wait(LONG) and woken.set())
    thread.start()
    ring(bell)
    assert woken.wait(LONG / 2)
    thread.join()


def test_a_ring_before_the_wait_is_not_missed_and_counts_once(mine: Listening, tmp_path: Path) -> None:
    mine.to(tmp_path / "mine")
    ring(tmp_path / "mine")
    ring(tmp_path / "mine")
    assert mine.wait(LONG)
    assert not mine.wait(SHORT)


def test_somebody_elses_bell_wakes_nobody(mine: Listening, tmp_path: Path) -> None:
    (tmp_path / "theirs").touch()
    mine.to(tmp_path / "mine")
    ring(tmp_path / "theirs")
    ring(tmp_path / "nobody's")
    assert not mine.wait(SHORT)


def test_where_the_kernel_tells_nothing_the_file_is_looked_at(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doorbell, "INotify", None)
    looking = listening(connection)
    looking.to(tmp_path / "mine")
    assert not looking.wait(SHORT)
    with closing(sqlite3.connect(tmp_path / "some.db")) as other:
        other.execute("CREATE TABLE t (a)")
    assert looking.wait(LONG)


def test_where_nothing_more_may_be_watched_the_file_is_looked_at(
    mine: Listening, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_bell: object) -> int:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr("inotify_simple.INotify.add_watch", full)
    mine.to(tmp_path / "mine")
    assert not mine.wait(SHORT)
    with closing(sqlite3.connect(tmp_path / "some.db")) as other:
        other.execute("CREATE TABLE t (a)")
    assert mine.wait(LONG)


def test_a_transaction_that_tells_rings_when_it_is_committed_and_only_then(db: Database) -> None:
    if not db.is_sqlite:
        return  # there NOTIFY does it
    with doorbell.listening_to(db.engine) as mine:
        with db.begin():
            pass
        assert not mine.wait(SHORT)
        with suppress(LookupError), db.begin() as session:
            tell(session, SignedIn(customer_id="cus_1", partner_id="par_1", at=AT))
            raise LookupError
        assert not mine.wait(SHORT)
        with db.begin() as session:
            tell(session, SignedIn(customer_id="cus_1", partner_id="par_1", at=AT))
            assert not mine.wait(SHORT)
        assert mine.wait(LONG)
    assert bell_of(db.engine).exists()


def test_a_published_letter_wakes_the_consumers_of_its_queues_only(tmp_path: Path) -> None:
    bus = tmp_path / "bus.db"
    with closing(Store(bus)) as sender, closing(Store(bus)) as mine, closing(Store(bus)) as theirs:
        sender.declare_exchange("facts")
        for queue, store in (("mine", mine), ("theirs/1", theirs)):
            sender.declare_queue(queue)
            assert store.lease(queue, 1) == []
        sender.bind("mine", "facts", "#")
        sender.publish([Letter("facts", "a", "{}", b"")])
        assert mine.wait(LONG)
        assert not theirs.wait(SHORT)
        sender.move("mine", "theirs/1")
        assert theirs.wait(LONG)
