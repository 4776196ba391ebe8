"""
What every test of the house may use; the root ``conftest.py`` loads it as a plugin.

A service's own ``conftest.py`` says which tables ``database`` has::

    @pytest.fixture(scope="session")
    def schema() -> str:
        return "billing"          # its migrations; or a MetaData, whose tables are created

SQLite by default; the same tests run on PostgreSQL when TEST_DATABASE_URL names a server database.
"""

import atexit
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from sqlalchemy import MetaData, create_engine, inspect, make_url, text
from werkzeug.test import TestResponse

from shared import clock
from shared.bus.handlers import Handlers, deliver
from shared.contracts.envelope import Envelope, wrap
from shared.contracts.event import Event
from shared.db import Database
from shared.migrations import migrate
from shared.settings import environment
from shared.testing.remembered import kept, remember
from shared.web import staff, tokens
from shared.web.csrf import make_token

remember()

__all__ = ["kept"]

MintToken = Callable[..., str]

_made: dict[str, str] = {}
_until_exit = ExitStack()
atexit.register(_until_exit.close)


@pytest.fixture(scope="session")
def schema() -> str | MetaData:
    """
    The tables of ``database``: a package with migrations, or metadata. Services override this.
    """
    return MetaData()


@pytest.fixture(scope="session")
def make_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str | MetaData], str]]:
    """
    A function that returns the URL of a database with empty tables, made once for each schema.
    """
    server, made = environment().get("TEST_DATABASE_URL"), {}

    with ExitStack() as stack:

        def make(schema: str | MetaData) -> str:
            if schema not in made:
                made[schema] = (
                    stack.enter_context(_postgres_database(server))
                    if server
                    else f"sqlite:///{tmp_path_factory.mktemp('template')}/empty.db"
                )
                _make_tables(made[schema], schema)
            return made[schema]

        yield make


@pytest.fixture
def database(
    make_template: Callable[[str | MetaData], str], schema: str | MetaData, tmp_path: Path
) -> Iterator[Database]:
    """
    A database with empty tables, of this test alone.
    """
    template = make_template(schema)
    if template.startswith("sqlite"):
        shutil.copy(template.removeprefix("sqlite:///"), tmp_path / "test.db")
        db = Database(f"sqlite:///{tmp_path}/test.db")
    else:
        db = Database(template)
    yield db
    let_go(db)


@pytest.fixture
def travel() -> Iterator[Callable[[datetime], None]]:
    """
    A function that moves business time to an instant, until the test ends.
    """
    clock.follow(None)
    yield clock.move_to
    clock.follow(None)


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A folder with the keys of all issuers.
    """
    folder = tmp_path_factory.mktemp("keys")
    tokens.ensure_keys(folder)
    return folder


@pytest.fixture
def service_token(keys_dir: Path) -> MintToken:
    """
    A function that mints what the gateway sends: ``(audience, customer_id=None, partner_id=None, act=None)``.
    """
    signer = tokens.Signer.load(keys_dir, tokens.GATEWAY)

    def mint(
        audience: str, customer_id: str | None = None, partner_id: str | None = None, act: str | None = None
    ) -> str:
        claims: dict[str, Any] = {"use": "service", "partner": partner_id, "act": act}
        return signer.mint(audience, customer_id or "portal", **claims)

    return mint


@pytest.fixture
def staff_token(keys_dir: Path) -> MintToken:
    """
    A function that mints a staff token: ``(audience, *permissions, partner_ids=None, session_id=...)``.
    """
    signer = tokens.Signer.load(keys_dir, tokens.STAFF_DESK)

    def mint(
        audience: str,
        *permissions: str,
        partner_ids: list[str] | None = None,
        staff_id: str = "stf_00000000000000000000000001",
        session_id: str = "ses_00000000000000000000000001",
    ) -> str:
        return staff.mint_staff_token(
            signer,
            audience,
            staff_id=staff_id,
            session_id=session_id,
            csrf_secret="test-csrf-secret",
            name="Ada Admin",
            roles=["administrator"],
            permissions=permissions,
            partner_ids=partner_ids,
        )

    return mint


@pytest.fixture
def sign_in_staff(staff_token: MintToken) -> Callable[..., str]:
    """
    A function that signs a test client in by cookie: ``(client, *permissions)``; returns the CSRF token.
    """

    def sign_in(client: FlaskClient, *permissions: str, **claims: Any) -> str:
        service = client.application.extensions["ledgerline"].service
        with client.application.test_request_context():
            name = staff.cookie_name()
        client.set_cookie(name, staff_token(service, *permissions, **claims))
        return make_token("test-csrf-secret", claims.get("session_id", "ses_00000000000000000000000001"))

    return sign_in


def seeds(count: int) -> range:
    """
    Return the seeds of a random test; one where it is repeated on PostgreSQL, for the sake of its statements.
    """
    return range(1, 2 if environment().get("TEST_DATABASE_URL") else count + 1)


def as_bearer(token: str) -> dict[str, str]:
    """
    Return the headers that carry *token*.
    """
    return {"Authorization": f"Bearer {token}"}


def told(db: Database) -> list[Event]:
    """
    Return the facts told so far, oldest first.
    """
    with db.read() as session:
        bodies = session.execute(text("SELECT payload FROM outbox ORDER BY seq")).scalars().all()
    return [Envelope.load(bytes(body)).fact() for body in bodies]


def hear(db: Database, handlers: Handlers, fact: Event | Envelope) -> Envelope:
    """
    Deliver *fact* to a service's handlers as the bus would, and return the envelope it came in.
    """
    envelope = fact if isinstance(fact, Envelope) else wrap(fact)
    deliver(db, handlers, envelope.dump())
    return envelope


def answers_problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """
    Assert that *response* is a problem document of this status and code, and return it.
    """
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.mimetype == "application/problem+json"
    document: dict[str, Any] = response.get_json()
    assert document["code"] == code, document
    assert document["status"] == status
    return document


def open_migrated(folder: Path, package: str) -> Database:
    """
    Open an empty database with the tables of *package*: a file in *folder*, or PostgreSQL where
    TEST_DATABASE_URL names a server (one database per package and run). Give it back with ``let_go``.
    """
    server = environment().get("TEST_DATABASE_URL")
    if package not in _made:
        folder_of_all = _until_exit.enter_context(TemporaryDirectory(prefix="ledgerline-empty-"))
        database = (
            _postgres_database(server) if server else nullcontext(f"sqlite:///{folder_of_all}/empty.db")
        )
        _made[package] = _until_exit.enter_context(database)
        _make_tables(_made[package], package)
    if server:
        return Database(_made[package])
    shutil.copy(_made[package].removeprefix("sqlite:///"), folder / f"{package}.db")
    return Database(f"sqlite:///{folder}/{package}.db")


def let_go(db: Database) -> None:
    """
    Close *db*, emptied for the next test where it outlives this one.
    """
    if not db.is_sqlite:
        _empty(db)
    db.close()


def _make_tables(url: str, schema: str | MetaData) -> None:
    db = Database(url)
    if isinstance(schema, MetaData):
        schema.create_all(db.engine)
    else:
        migrate(db, schema)
    if db.is_sqlite:
        with db.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


@contextmanager
def _postgres_database(server: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    yield url
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


def _empty(db: Database) -> None:
    # Not DELETE: rows put where deleted ones were come back in another order, now and then.
    names = [name for name in inspect(db.engine).get_table_names() if name != "alembic_version"]
    if names:
        quoted = ", ".join(f'"{name}"' for name in names)
        with db.begin() as session:
            session.execute(text(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE"))


class WsgiAdapter(BaseAdapter):
    """
    Lets a ``requests`` session call a Flask application directly: no socket, no thread.
    """

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self._client = app.test_client(use_cookies=False)

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """
        Answer *request* with what the application answers.
        """
        parts = urlsplit(request.url or "")
        answered = self._client.open(
            path=parts.path,
            query_string=parts.query,
            method=request.method or "GET",
            headers=list(request.headers.items()),
            data=request.body,
        )
        response = requests.Response()
        response.status_code = answered.status_code
        response.headers = CaseInsensitiveDict(answered.headers.items())
        response._content = answered.get_data()
        response.request, response.url = request, request.url or ""
        return response

    def close(self) -> None:
        """
        Nothing is open.
        """


def calling(**apps: Flask) -> requests.Session:
    """
    Return a session in which ``http://<name>`` is the application given under that name.
    """
    session = requests.Session()
    session.trust_env = False
    for name, app in apps.items():
        session.mount(f"http://{name}", WsgiAdapter(app))
    return session
