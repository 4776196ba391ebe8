"""Whoever wants to write a SQLite file gets its turn soon, also behind somebody who hardly pauses."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy.exc import OperationalError

from shared import db as databases
from shared.bus import faults
from shared.db import Database
from shared.turns import begin_writing


def connect(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "turns.db", isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    return connection


def waited(connection: sqlite3.Connection) -> float:
    time.sleep(0.007)  # somebody else is at work again
    asked = time.monotonic()
    begin_writing(connection, 30, line=threading.Lock())
    connection.execute("COMMIT")
    return time.monotonic() - asked


@contextmanager
def somebody_greedy(connection: sqlite3.Connection) -> Iterator[None]:
    """
    Write all the time: 5 ms in a transaction, half a millisecond out of it.
    """
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            begin_writing(connection, 30, line=threading.Lock())
            time.sleep(0.005)
            connection.execute("COMMIT")
            time.sleep(0.0005)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_behind_a_writer_that_hardly_pauses_the_wait_is_short(tmp_path: Path) -> None:
    mine, theirs = connect(tmp_path), connect(tmp_path)

    with somebody_greedy(theirs):
        time.sleep(0.05)
        waits = [waited(mine) for _ in range(20)]

    assert median(waits) < 0.05  # SQLite's own waiting: 0.15 to 0.5 s here


def test_the_wait_ends_with_sqlites_own_error(tmp_path: Path) -> None:
    mine, theirs = connect(tmp_path), connect(tmp_path)
    begin_writing(theirs, 1, line=threading.Lock())

    with pytest.raises(sqlite3.OperationalError) as refused:
        begin_writing(mine, 0.05, line=threading.Lock())

    assert refused.value.sqlite_errorcode == sqlite3.SQLITE_BUSY


def test_other_statements_wait_as_long_as_before(tmp_path: Path) -> None:
    mine = connect(tmp_path)

    begin_writing(mine, 1.5, line=threading.Lock())

    assert mine.execute("PRAGMA busy_timeout").fetchone() == (1500,)


def test_a_database_that_stays_busy_is_tried_again_by_the_bus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "LOCK_TIMEOUT_SECONDS", 0.05)
    theirs = connect(tmp_path)
    begin_writing(theirs, 1, line=threading.Lock())
    db = Database(f"sqlite:///{tmp_path}/turns.db")

    with pytest.raises(OperationalError) as refused, db.begin() as session:
        session.connection()

    assert faults.kind(refused.value) is faults.Kind.AGAIN
