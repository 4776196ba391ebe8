"""
Bring a service's database to its newest schema, once, whoever starts first.

A service ships plain Alembic scripts ``<package>/migrations/versions/NNNN_what.py`` and nothing else: the
environment is here. All scripts of one run share one transaction: a killed migration leaves nothing behind.
``python -m shared.migrations <package> "what"`` writes the next script from the difference to the models.
"""

import fcntl
import importlib
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Enum, MetaData, text

from shared.db import Database, Instant
from shared.revisions import is_current, versions

LOCK_KEY = 7_206_001  # any fixed number; one database holds one service
LOCK_WAIT_SECONDS = 120


def migrate(db: Database, package: str) -> None:
    """
    Run every script of *package* that has not run yet, under a lock that other starters wait for.
    """
    scripts = _scripts(package)

    def missing(revision: Any, _context: MigrationContext) -> Any:
        return scripts._upgrade_revs("head", revision)

    with _alone(db), _writing(db) as connection, EnvironmentContext(_config(), scripts, fn=missing) as env:
        env.configure(connection=connection, transactional_ddl=True, render_as_batch=True)
        env.run_migrations()


def drift(db: Database, package: str, metadata: MetaData) -> list[Any]:
    """
    Return what differs between the migrated schema of *db* and the models; an empty list is good.
    """
    if not is_current(db, package):
        return [f"{package} is not migrated"]
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def write_next(package: str, metadata: MetaData, what: str) -> Path:
    """
    Write the next script of *package*: what brings the schema made by its scripts to *metadata*.
    """
    folder = versions(package)
    folder.mkdir(parents=True, exist_ok=True)
    heads = _scripts(package).get_heads()
    number = f"{int(heads[0]) + 1 if heads else 1:04d}"
    file = folder / f"{number}_{re.sub(r'[^a-z0-9]+', '_', what.lower()).strip('_')}.py"
    with tempfile.TemporaryDirectory() as scratch:
        db = Database(f"sqlite:///{scratch}/schema.db")
        migrate(db, package)
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts=_RENDERING)
            found = produce_migrations(context, metadata)
            up, down = (_rendered(each, context) for each in (found.upgrade_ops, found.downgrade_ops))
        db.close()
    after = f'"{heads[0]}"' if heads else "None"
    file.write_text(_SCRIPT.format(what=what, number=number, after=after, up=_bare(up), down=_bare(down)))
    return file


_SCRIPT = '''"""{what}"""

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision: str | None = {after}


def upgrade() -> None:
    """
    Bring the schema forward.
    """
    {up}


def downgrade() -> None:
    """
    Take it back.
    """
    {down}
'''


def _rendered(operations: Any, context: MigrationContext) -> str:
    return render_python_code(operations, render_as_batch=True, render_item=_plain, migration_context=context)


def _bare(code: str) -> str:
    lines = [line for line in code.splitlines() if "# ###" not in line]
    return "\n".join(lines).strip() or "pass"


def _plain(kind: str, item: Any, _context: Any) -> Any:
    # A script says what the column was on the day it was written, whatever our types become later.
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


_RENDERING = {"render_item": _plain, "compare_type": True, "user_module_prefix": None}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def _scripts(package: str) -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).parent), version_locations=[str(versions(package))])


@contextmanager
def _writing(db: Database) -> Iterator[Connection]:
    engine = db.engine.execution_options(writes=True)
    with engine.begin() as connection:
        yield connection


@contextmanager
def _alone(db: Database) -> Iterator[None]:
    if db.is_sqlite:
        with _lock_file(db.engine.url.database):
            yield
        return
    with db.engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_WAIT_SECONDS}s'"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.commit()
        try:
            yield
        finally:
            # Closing for good gives back both the lock and the changed timeout.
            connection.invalidate()


@contextmanager
def _lock_file(database: str | None) -> Iterator[None]:
    if not database or database == ":memory:":
        yield
        return
    Path(database).parent.mkdir(parents=True, exist_ok=True)
    with open(f"{database}.migrate-lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    """
    Write the next script of the package named on the command line.
    """
    package, what = sys.argv[1:3]
    models = importlib.import_module(f"{package}.models")
    file = write_next(package, models.Record.metadata, what)
    sys.stdout.write(f"wrote {file}\n")


if __name__ == "__main__":
    main()
