"""A service small enough to see through: one table, its outbox and its inbox, on the engine under test."""

import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import String, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shared import db as databases
from shared.bus.inbox import InboxRow
from shared.bus.outbox import OutboxRow
from shared.db import Database


class Record(DeclarativeBase):
    metadata = databases.metadata()


class Outbox(OutboxRow, Record):
    pass


class Inbox(InboxRow, Record):
    pass


class Line(Record):
    """What a handler leaves behind."""

    __tablename__ = "line"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    words: Mapped[str] = mapped_column(String(200))


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """
    An empty database: SQLite in a file, or PostgreSQL when TEST_DATABASE_URL names a server.
    """
    server = os.environ.get("TEST_DATABASE_URL")  # noqa: TID251
    if not server:
        yield f"sqlite:///{tmp_path}/service.db"
        return
    name = f"bus_{secrets.token_hex(6)}"
    admin = create_engine(make_url(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """
    The small service's database, with its tables.
    """
    database = Database(database_url)
    Record.metadata.create_all(database.engine)
    yield database
    database.close()


@pytest.fixture
def write() -> Callable[[Session, str], None]:
    """
    What the handlers of these tests do: leave a line.
    """

    def write_line(session: Session, words: str) -> None:
        session.add(Line(words=words))

    return write_line


@pytest.fixture
def lines(db: Database) -> Callable[[], list[str]]:
    """
    Read what the handlers left, in order.
    """

    def read_lines() -> list[str]:
        with db.read() as session:
            return [line.words for line in session.query(Line).order_by(Line.id)]

    return read_lines
