"""Transactions commit whole or not at all; instants keep their moment; SQLite's writers wait in line."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared import db as databases
from shared.db import Database, Instant, choice


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Record(DeclarativeBase):
    metadata = databases.metadata()


class Ball(Record):
    __tablename__ = "ball"

    id: Mapped[int] = mapped_column(primary_key=True)
    colour: Mapped[Colour] = mapped_column(choice(Colour))
    thrown_at: Mapped[datetime | None] = mapped_column(Instant)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/test.db")
    Record.metadata.create_all(database.engine)
    yield database
    database.close()


def count(db: Database) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Ball)) or 0


def test_a_transaction_that_raises_leaves_nothing(db: Database) -> None:
    def fail() -> None:
        with db.begin() as session:
            session.add(Ball(id=1, colour=Colour.RED))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert count(db) == 0


def test_an_instant_keeps_its_moment_whatever_its_zone(db: Database) -> None:
    eastern = timezone(timedelta(hours=5, minutes=30))
    with db.begin() as session:
        session.add(Ball(id=1, colour=Colour.RED, thrown_at=datetime(2026, 1, 1, 2, tzinfo=eastern)))

    with db.read() as session:
        assert session.scalar(select(Ball.thrown_at)) == datetime(2025, 12, 31, 20, 30, tzinfo=UTC)


def test_an_instant_without_a_zone_is_refused(db: Database) -> None:
    def store() -> None:
        with db.begin() as session:
            session.add(Ball(id=1, colour=Colour.RED, thrown_at=datetime(2026, 1, 1)))  # noqa: DTZ001

    with pytest.raises(StatementError, match="time zone"):
        store()


def test_a_choice_is_stored_as_its_word(db: Database) -> None:
    with db.begin() as session:
        session.add(Ball(id=1, colour=Colour.GREEN))

    with db.read() as session:
        assert session.connection().exec_driver_sql("SELECT colour FROM ball").scalar() == "green"
        assert session.scalar(select(Ball.colour)) is Colour.GREEN


def test_a_unique_key_is_kept(db: Database) -> None:
    def twice() -> None:
        for _ in range(2):
            with db.begin() as session:
                session.add(Ball(id=1, colour=Colour.RED))

    with pytest.raises(IntegrityError):
        twice()

    assert count(db) == 1


def test_writers_that_read_first_wait_for_each_other(db: Database) -> None:
    def add_next() -> None:
        for _ in range(20):
            with db.begin() as session:
                highest = session.scalar(select(func.max(Ball.id))) or 0
                session.add(Ball(id=highest + 1, colour=Colour.RED))

    writers = [threading.Thread(target=add_next) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert count(db) == 80


def test_sqlite_is_durable_and_keeps_its_foreign_keys(db: Database) -> None:
    with db.engine.connect() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]

    assert pragmas == ["wal", 2, 1]


def test_only_who_says_so_does_not_wait_for_the_disk(db: Database) -> None:
    def synchronous(*, durable: bool) -> int:
        with db.begin(durable=durable) as session:
            return session.connection().exec_driver_sql("PRAGMA synchronous").scalar() or 0

    assert [synchronous(durable=durable) for durable in (True, False, True)] == [2, 1, 2]


def test_the_database_answers(db: Database) -> None:
    assert db.answers()
    assert db.is_sqlite
