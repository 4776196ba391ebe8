"""Migrations are numbered, linear, and lead to exactly the tables of today's records."""

import re
from pathlib import Path

import pytest

from shared.db import Database
from shared.migrations import drift, migrate
from tests.architecture.house import PACKAGES, module


@pytest.mark.parametrize("package", PACKAGES)
def test_migrations_are_numbered_without_a_gap(package: str) -> None:
    files = sorted(path.stem for path in (PACKAGES[package] / "migrations/versions").glob("*.py"))
    numbers = [int(name[:4]) for name in files if re.match(r"\d{4}_[a-z0-9_]+\Z", name)]

    assert numbers == list(range(1, len(files) + 1))


@pytest.mark.parametrize("package", PACKAGES)
def test_migrations_lead_to_the_tables_of_today(package: str, tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/fresh.db")

    migrate(db, package)

    assert drift(db, package, module(package, "models").Record.metadata) == []
    db.close()
