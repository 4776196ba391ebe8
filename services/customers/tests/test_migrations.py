"""The scripts make exactly the tables the models describe."""

from customers.models import Record
from shared.db import Database
from shared.migrations import drift


def test_the_scripts_and_the_models_agree(database: Database) -> None:
    assert drift(database, "customers", Record.metadata) == []
