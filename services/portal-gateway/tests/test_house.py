"""The gateway as a house: its tables, its routes, its codes."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal_gateway.clients.codes import PUBLIC, PublicCodes
from portal_gateway.clients.fake import Fake
from portal_gateway.models import Record
from shared.db import Database
from shared.errors import Conflict, Gone, Refusal
from shared.migrations import drift
from shared.testing import answers_problem
from shared.web.app import routes


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
