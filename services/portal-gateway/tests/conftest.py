"""The gateway alone, with the services it asks replaced by dictionaries."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal_gateway.app import create_app
from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import PASSWORD
from portal_gateway.settings import Settings
from portal_gateway.usecases.seed_demo import seed_demo
from shared.db import Database

SignIn = Callable[..., dict[str, str]]


@pytest.fixture(scope="session")
def schema() -> str:
    """
    The gateway's tables, by its migrations.
    """
    return "portal_gateway"


@pytest.fixture
def world() -> FakeWorld:
    """
    The services behind the gateway.
    """
    return FakeWorld()


@pytest.fixture
def app(database: Database, keys_dir: Path, world: FakeWorld) -> Flask:
    """
    The gateway, with the two demo partners.
    """
    with database.begin() as session:
        seed_demo(session)
    settings = Settings(database_url=database.url, keys_dir=keys_dir, admin_urls={})
    return create_app(settings, database, upstreams=world.upstreams())


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """
    A front end.
    """
    return app.test_client()


@pytest.fixture
def sign_in(client: FlaskClient) -> SignIn:
    """
    A function that signs in and returns the headers of a front end: ``(login="postpaid")``.
    """

    def signed(login: str = "postpaid") -> dict[str, str]:
        answer = client.post("/api/v1/sessions", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 201, answer.json
        return {"Authorization": f"Bearer {answer.json['access_token']}"}

    return signed
