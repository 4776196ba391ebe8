"""
One engine and two session factories per process: one to read, one to write.

On SQLite a writer begins with ``BEGIN IMMEDIATE``: a transaction that reads first and writes later fails at
once when another writer came between, whatever the timeout (settings.md). WAL, synchronous FULL.
"""

import select
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    String,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from shared.turns import begin_writing

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

LOCK_TIMEOUT_SECONDS = 5
AFTER_COMMIT = "after_commit"


def metadata() -> MetaData:
    """
    Return the metadata of one service's tables, whose constraints are named alike everywhere.
    """
    return MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """
    An aware instant, stored in UTC; SQLite keeps it as text.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return (
            value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)
        )

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def after_commit(session: Session, act: Callable[[], object]) -> None:
    """
    Have *act* called once the transaction of *session*, begun by ``Database.begin``, is committed.
    """
    session.info.setdefault(AFTER_COMMIT, []).append(act)


def choice(kind: type[StrEnum]) -> Enum:
    """
    Return a column type that stores the members of *kind* as plain text.
    """
    return Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


ID = String(40)


class Database:
    """
    The database of one service at *url* (``sqlite:////path`` or ``postgresql+psycopg://...``).
    """

    def __init__(self, url: str, *, pool_size: int = 5, echo: bool = False) -> None:
        self.url = url
        self.engine = _engine(url, pool_size=pool_size, echo=echo)
        self._reading = sessionmaker(self.engine.execution_options(reads=True), expire_on_commit=False)
        self._writing = sessionmaker(self.engine.execution_options(writes=True), expire_on_commit=False)
        self._hurrying = sessionmaker(
            self.engine.execution_options(writes=True, hurries=True), expire_on_commit=False
        )

    @property
    def is_sqlite(self) -> bool:
        """
        True on the embedded engine.
        """
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self, *, durable: bool = True) -> Iterator[Session]:
        """
        Open a transaction that may write: commit at the end of the block, roll back when it raises.

        One that need not be *durable* does not wait for the disk, and a power cut soon after may undo it.
        """
        with (self._writing if durable else self._hurrying).begin() as session:
            yield session
        for act in session.info.pop(AFTER_COMMIT, ()):
            act()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """
        Open a session that only reads; on PostgreSQL each of its queries sees what is committed by then.
        """
        with self._reading() as session:
            yield session

    def answers(self) -> bool:
        """
        Ask the database for something trivial.
        """
        with self.engine.connect() as connection:
            return connection.execute(text("SELECT 1")).scalar() == 1

    def close(self) -> None:
        """
        Let go of every connection.
        """
        self.engine.dispose()


def _engine(url: str, *, pool_size: int, echo: bool) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(url, echo=echo, connect_args={"timeout": LOCK_TIMEOUT_SECONDS})
        event.listen(engine, "connect", _tame_sqlite)
        event.listen(engine, "begin", partial(_begin_sqlite, threading.Lock()))
        return engine
    options = f"-c lock_timeout={LOCK_TIMEOUT_SECONDS}s -c timezone=UTC"
    engine = create_engine(
        url,
        echo=echo,
        isolation_level="AUTOCOMMIT",  # we send BEGIN ourselves
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={"options": options},
    )
    event.listen(engine, "checkout", _replace_closed)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _tame_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we send BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(line: threading.Lock, connection: Connection) -> None:
    driver, options = connection.connection.driver_connection, connection.get_execution_options()
    assert driver is not None
    try:
        if not options.get("reads"):
            driver.execute(f"PRAGMA synchronous = {'NORMAL' if options.get('hurries') else 'FULL'}")
        if options.get("writes"):
            begin_writing(driver, LOCK_TIMEOUT_SECONDS, line=line)
        else:
            driver.execute("BEGIN")
    except sqlite3.Error as error:
        raise OperationalError("BEGIN", None, error) from error


def _replace_closed(connection: Any, _record: Any, _proxy: Any) -> None:
    # A server that closed a resting connection has left something to read; asking it each time costs more.
    unread = select.poll()
    unread.register(connection.fileno(), select.POLLIN)
    if unread.poll(0):
        raise DisconnectionError


def _begin_postgresql(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("reads") or options.get("isolation_level") == "AUTOCOMMIT":
        return  # without a transaction there is no BEGIN and no ROLLBACK to wait for
    connection.exec_driver_sql("BEGIN")
    if options.get("hurries"):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
