"""A database is brought to its newest schema once, by whoever starts first, or not at all."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, inspect, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared import db as databases
from shared.db import Database
from shared.migrations import drift, migrate, write_next
from shared.revisions import is_current


class Record(DeclarativeBase):
    metadata = databases.metadata()


class Shelf(Record):
    __tablename__ = "shelf"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """
    A service with no scripts yet.
    """
    name = f"service_{tmp_path.name.replace('-', '_')}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield name
    sys.modules.pop(name, None)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    db = Database(f"sqlite:///{tmp_path}/service.db")
    yield db
    db.close()


def test_the_first_script_makes_what_the_models_say(database: Database, package: str) -> None:
    file = write_next(package, Record.metadata, "Shelves.")

    migrate(database, package)

    assert file.name == "0001_shelves.py"
    assert is_current(database, package)
    assert drift(database, package, Record.metadata) == []


def test_the_next_script_holds_only_the_difference(database: Database, package: str) -> None:
    write_next(package, Record.metadata, "Shelves")
    migrate(database, package)
    grown = MetaData(naming_convention=databases.NAMING)
    Record.metadata.tables["shelf"].to_metadata(grown).append_column(Column("colour", String(20)))

    file = write_next(package, grown, "Colour of shelves")

    assert file.name == "0002_colour_of_shelves.py"
    assert 'down_revision: str | None = "0001"' in file.read_text()
    assert not is_current(database, package)
    migrate(database, package)
    assert drift(database, package, grown) == []


def test_a_failing_script_leaves_nothing_behind(database: Database, package: str) -> None:
    file = write_next(package, Record.metadata, "Shelves")
    file.write_text(
        file.read_text().replace("def downgrade", "    raise RuntimeError('half-way')\n\ndef downgrade")
    )

    with pytest.raises(RuntimeError, match="half-way"):
        migrate(database, package)

    assert inspect(database.engine).get_table_names() == []


def test_many_starters_migrate_once(database: Database, package: str) -> None:
    write_next(package, Record.metadata, "Shelves")
    failures: list[BaseException] = []

    def start() -> None:
        own = Database(database.url)
        try:
            migrate(own, package)
        except BaseException as error:
            failures.append(error)
        finally:
            own.close()

    starters = [threading.Thread(target=start) for _ in range(4)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()

    assert failures == []
    assert is_current(database, package)


def test_a_database_ahead_of_the_code_is_good_enough_to_serve(database: Database, package: str) -> None:
    write_next(package, Record.metadata, "Shelves")
    migrate(database, package)
    with database.begin() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0002'"))

    assert is_current(database, package)
