"""What the tests of catalog share."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from catalog.app import create_app
from catalog.domain.plan import Content, Kind
from catalog.settings import Settings
from catalog.usecases.create_plan import create_plan
from shared.db import Database
from shared.money import Money
from shared.testing import kept

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def schema() -> str:
    """
    Catalog's own migrations.
    """
    return "catalog"


@pytest.fixture
def client(database: Database, keys_dir: Path) -> Iterator[FlaskClient]:
    """
    Somebody with a browser, not signed in.
    """
    settings = Settings(database_url=database.url, keys_dir=keys_dir)
    app = kept("catalog", lambda: create_app(settings, database), settings=settings, db=database)
    app.testing = True
    with app.test_client() as client:
        yield client


@pytest.fixture
def sell(database: Database) -> Callable[..., str]:
    """
    A function that puts a plan on sale and returns its id: ``sell("Fibre 100", "30.00", kind=..., ...)``.
    """

    def put(name: str = "Fibre 100", price: str = "30.00", kind: Kind = Kind.INTERNET, **content: Any) -> str:
        usual: dict[str, Any] = {
            "shown_on_portal": True,
            "interval_months": 0 if kind is Kind.ONE_TIME else 1,
        }
        made = Content(
            name=name,
            price=Money.parse(price, "EUR"),
            activation_fee=Money.zero("EUR"),
            **{**usual, **content},
        )
        with database.begin() as session:
            return create_plan(session, kind=kind, content=made, by="Ada Admin", now=NOW).id

    return put
