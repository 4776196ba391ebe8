"""
Which schema a database has and which one the code wants, without the weight of Alembic in every process.
"""

import importlib
import re
from pathlib import Path

from sqlalchemy import inspect, text

from shared.db import Database

NUMBERED = re.compile(r"(\d{4})_\w+\.py\Z")


def versions(package: str) -> Path:
    """
    Return the folder of the migration scripts of *package*.
    """
    home = importlib.import_module(package).__file__
    if home is None:
        raise ValueError(f"{package} has no folder of its own")
    return Path(home).parent / "migrations" / "versions"


def is_current(db: Database, package: str) -> bool:
    """
    Tell whether every script of *package* has run. A newer database is good as well: scripts expand before
    they contract, so that during a roll-out the code of before still serves.
    """
    names = [found[1] for each in versions(package).glob("*.py") if (found := NUMBERED.match(each.name))]
    return _done(db) >= max(names, default="")


def _done(db: Database) -> str:
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return ""
        return connection.execute(text("SELECT max(version_num) FROM alembic_version")).scalar() or ""
