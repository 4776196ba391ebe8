"""The gateway as a house: its tables, its routes, its codes."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import portal_gateway
import shared.web
from portal_gateway.clients.codes import PUBLIC, PublicCodes
from portal_gateway.clients.fake import Fake
from portal_gateway.models import Record
from shared.db import Database
from shared.errors import Conflict, Gone, Refusal
from shared.migrations import drift
from shared.testing import answers_problem
from shared.web.app import routes
from shared.web.errors import HTTP_CODES

API = Path(__file__).parents[3] / "docs" / "api.md"


def test_the_migrations_make_the_tables_of_the_models(database: Database) -> None:
    assert drift(database, "portal_gateway", Record.metadata) == []


def test_every_route_of_the_api_asks_for_a_session_but_these(app: Flask) -> None:
    open_routes = {
        route.rule
        for route in routes(app)
        if route.rule.startswith("/api/v1") and route.access in ("public", "visitor")
    }

    assert open_routes == {
        "/api/v1/sessions",
        "/api/v1/sessions/refreshes",
        "/api/v1/password-resets",
        "/api/v1/password-resets/<reset_id>/confirmations",
        "/api/v1/portal-config",
        "/api/v1/sandbox/clock",
        "/api/v1/sandbox/payments/next-result",
    }


def test_every_route_for_customers_refuses_strangers(app: Flask, client: FlaskClient) -> None:
    for route in routes(app):
        if route.access != "portal_session":
            continue
        url = route.rule.replace("<", "").replace(">", "")
        for method in route.methods:
            answers_problem(client.open(url, method=method), 401, "authentication_required")


def test_the_api_describes_itself(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").json

    assert document["openapi"] == "3.1.0"
    key = {each["name"]: each for each in document["paths"]["/api/v1/orders"]["post"]["parameters"]}
    assert key["Idempotency-Key"]["required"] is True


class NotPayable(Conflict, code="order_not_payable"):
    """
    A refusal of billing's own.
    """


class Strange(Gone, code="something_new"):
    """
    A refusal we have never heard of.
    """


@pytest.mark.parametrize(
    ("refusal", "code"), [(NotPayable, "invoice_not_payable"), (Strange, "quote_expired")]
)
def test_the_api_only_speaks_public_codes(refusal: type[Refusal], code: str) -> None:
    def refuse(*_: object) -> None:
        raise refusal("As billing says it.")

    with pytest.raises(refusal) as raised:
        PublicCodes(Fake(refuse)).get("/orders/ord_1")

    assert (raised.value.code, raised.value.detail) == (code, "As billing says it.")
    assert code in PUBLIC


def test_what_the_gateway_refuses_by_itself_has_public_codes() -> None:
    for package in (shared.web, portal_gateway):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(("portal_gateway.migrations", "shared.web.gunicorn")):
                importlib.import_module(module.name)
    own = [
        kind for kind in kinds_of(Refusal) if kind.__module__.startswith(("shared.web", "portal_gateway."))
    ]

    assert {kind.__name__ for kind in own if kind.code not in PUBLIC} == set()
    assert set(HTTP_CODES.values()) - PUBLIC == set()


def kinds_of(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in kind.__subclasses__():
        yield each
        yield from kinds_of(each)


def test_the_documented_codes_are_all_there_are() -> None:
    text = API.read_text().partition("## What may be refused")[2].partition("\n## ")[0]

    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == sorted(PUBLIC)
