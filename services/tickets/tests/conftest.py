"""What the tests of tickets share."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts import customers
from shared.db import Database
from shared.testing import as_bearer, hear, kept
from tickets.app import create_app
from tickets.domain import ticket as rules
from tickets.handlers import handlers
from tickets.settings import Settings
from tickets.usecases.open_ticket import Opening, open_ticket

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ROBERT, ELENA = "cus_1", "cus_2"
DEFAULT, NORTH = "par_1", "par_2"


@pytest.fixture(scope="session")
def schema() -> str:
    """
    Tickets' own migrations.
    """
    return "tickets"


@pytest.fixture
def client(database: Database, keys_dir: Path) -> Iterator[FlaskClient]:
    """
    Somebody with a browser, not signed in.
    """
    settings = Settings(database_url=database.url, keys_dir=keys_dir)
    app = kept("tickets", lambda: create_app(settings, database), settings=settings, db=database)
    app.testing = True
    with app.test_client() as client:
        yield client


@pytest.fixture
def as_robert(client: FlaskClient, service_token: Callable[..., str]) -> Callable[..., Any]:
    """
    A function that calls the API as the gateway does for Robert: ``as_robert("POST", "/tickets", {...})``.
    """
    return calling(client, service_token("tickets", ROBERT, DEFAULT))


@pytest.fixture
def as_elena(client: FlaskClient, service_token: Callable[..., str]) -> Callable[..., Any]:
    """
    The same for Elena.
    """
    return calling(client, service_token("tickets", ELENA, DEFAULT))


def calling(client: FlaskClient, token: str) -> Callable[..., Any]:
    """
    Return a function that calls the API with *token*.
    """

    def call(method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = as_bearer(token) | ({"Idempotency-Key": key} if key else {})
        return client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    return call


@pytest.fixture
def known(database: Database) -> Callable[..., None]:
    """
    A function that has customers tell about a customer: ``known(full_name="Robert Myers", version=2)``.
    """

    def tell(customer_id: str = ROBERT, **changes: Any) -> None:
        usual: dict[str, Any] = {
            "partner_id": DEFAULT,
            "version": 1,
            "number": 1,
            "login": "robert",
            "full_name": "Robert Myers",
            "status": "new",
            "category": "individual",
            "billing_type": "recurring",
            "location_id": None,
            "label_ids": (),
            "emails": ("robert@example.net",),
            "billing_emails": (),
            "phones": ("+353 1 555 0101",),
            "street": "1 Quay Street",
            "zip_code": "D01",
            "city": "Dublin",
            "language": "en",
        }
        hear(database, handlers, customers.CustomerChanged(customer_id=customer_id, **{**usual, **changes}))

    return tell


@pytest.fixture
def opened(database: Database) -> Callable[..., str]:
    """
    A function that opens a ticket and returns its id: ``opened(subject="No dial tone", customer_id=ELENA)``.
    """

    def put(*, now: datetime = NOW, **changes: Any) -> str:
        usual: dict[str, Any] = {
            "customer_id": ROBERT,
            "partner_id": DEFAULT,
            "type": rules.Type.QUESTION,
            "source": rules.Source.PORTAL,
            "subject": "Slow in the evening",
            "message": "It stops.",
            "by": rules.Author.CUSTOMER,
            "author": "Robert Myers",
        }
        with database.begin() as session:
            return open_ticket(session, opening=Opening(**{**usual, **changes}), now=now).id

    return put


@pytest.fixture
def agent(client: FlaskClient, sign_in_staff: Callable[..., str]) -> Callable[..., Any]:
    """
    A function that sends a form as a signed-in agent: ``agent(path, **fields)``.
    """
    token = sign_in_staff(client, "tickets.view", "tickets.reply", "orders.approve")

    def post(path: str, **fields: Any) -> Any:
        return client.post(f"/admin/tickets{path}", data={"csrf_token": token, **fields})

    return post
