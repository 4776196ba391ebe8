"""One small service, as any other is made, and what it promises to whoever calls."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Blueprint as Pages
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema, fields, validate
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase
from werkzeug.exceptions import default_exceptions

from shared import context
from shared.db import Database, metadata
from shared.errors import Conflict, NotFound
from shared.money import Money
from shared.settings import ServiceSettings
from shared.testing import MintToken, answers_problem, as_bearer
from shared.web import draining
from shared.web.access import customer_id, portal, principal, public, routes, service, staff
from shared.web.app import make_app
from shared.web.errors import RETRYABLE, TITLES
from shared.web.sessions import RevokedSessionRow, StaffHandoffRow
from shared.web.strict import Blueprint


class Record(DeclarativeBase):
    metadata = metadata()


class RevokedSession(RevokedSessionRow, Record):
    pass


class StaffHandoff(StaffHandoffRow, Record):
    pass


class Taken(Conflict, code="name_taken", title="The name is taken"):
    """
    Somebody has it.
    """


class Note(Schema):
    text = fields.String(required=True, validate=[validate.Length(max=300)])
    count = fields.Integer(strict=True)


class Filter(Schema):
    q = fields.String()


def _api() -> Blueprint:
    api = Blueprint("notes", __name__, url_prefix="/api/v1")

    @api.get("/public")
    @public
    def open_to_all() -> dict[str, str]:
        return {"actor": context.current().actor}

    @api.get("/mine")
    @portal
    def mine() -> dict[str, str | None]:
        return {
            "customer": customer_id(),
            "partner": principal().partner_id,
            "actor": context.current().actor,
        }

    @api.get("/internal")
    @service
    def internal() -> dict[str, str]:
        return {}

    _add_notes(api)
    _add_refusals(api)
    return api


def _add_notes(api: Blueprint) -> None:
    @api.post("/notes")
    @public
    @api.arguments(Note)
    def write(note: dict[str, str]) -> dict[str, str]:
        return note

    @api.get("/notes")
    @public
    @api.arguments(Filter, location="query")
    def find(wanted: dict[str, str]) -> dict[str, str]:
        return wanted


def _add_refusals(api: Blueprint) -> None:
    @api.get("/refusals/<name>")
    @public
    def refuse(name: str) -> str:
        if name == "conflict":
            raise Taken("Choose another.", params={"name": "a"}, actions=[{"rel": "retry"}])
        if name == "late":
            raise Taken(
                "Pay %(sum)s by %(day)s.", params={"sum": Money(1250, "EUR"), "day": date(2026, 12, 24)}
            )
        if name == "bug":
            raise ZeroDivisionError("secret detail")
        raise NotFound


def _pages() -> Pages:
    pages = Pages("pages", __name__)

    @pages.get("/admin/billing/orders")
    @staff("orders.view")
    def orders() -> str:
        return f"hello {principal().name}"

    @pages.post("/admin/billing/orders")
    @staff("orders.approve")
    def approve() -> str:
        return "approved"

    return pages


@pytest.fixture(scope="session")
def schema() -> MetaData:
    return Record.metadata


@pytest.fixture
def app(database: Database, keys_dir: Path) -> Flask:
    settings = ServiceSettings(database_url=database.url, keys_dir=keys_dir)
    return make_app(
        "billing",
        settings,
        database,
        package="shared.web",
        api_blueprints=[_api()],
        html_blueprints=[_pages()],
    )


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def test_probes_answer(client: FlaskClient) -> None:
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz", headers={"Host": "10.1.2.3:8000"}).get_json()["status"] == "ready"


def test_who_is_about_to_stop_is_alive_but_not_ready(client: FlaskClient) -> None:
    draining.begin()
    try:
        answer = client.get("/readyz")
    finally:
        draining.over()

    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {"database": True, "migrations": True, "staying": False}
    assert client.get("/readyz").status_code == 200
    assert b"http_request_seconds" in client.get("/metrics").data


def test_refusals_are_problem_documents(client: FlaskClient) -> None:
    document = answers_problem(
        client.get("/api/v1/refusals/conflict", headers={"X-Request-Id": "abc"}), 409, "name_taken"
    )

    assert document == {
        "type": "http://127.0.0.1:8000/api/docs/problems/name-taken",
        "title": "The name is taken",
        "status": 409,
        "code": "name_taken",
        "detail": "Choose another.",
        "instance": "urn:request:abc",
        "retryable": False,
        "actions": [{"rel": "retry"}],
        "params": {"name": "a"},
    }


def test_a_bug_shows_its_number_only(client: FlaskClient) -> None:
    response = client.get("/api/v1/refusals/bug")

    answers_problem(response, 500, "internal_error")
    assert "secret" not in response.get_data(as_text=True)


def test_routes_nobody_made_are_problems_too(client: FlaskClient) -> None:
    answers_problem(client.get("/api/v1/nothing"), 404, "not_found")
    refused = client.delete("/api/v1/public")
    answers_problem(refused, 405, "method_not_allowed")
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert client.open("/api/v1/public", method="TRACE").status_code == 405
    assert client.get("/nothing").mimetype == "text/html"


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        ('{"text": "a"}', "text/plain", 415, "unsupported_media_type"),
        ('{"text": ', "application/json", 400, "malformed_request"),
        ('{"text": "a", "text": "b"}', "application/json", 400, "malformed_request"),
        ('{"text": NaN}', "application/json", 400, "malformed_request"),
        ('{"text": "\\ud800"}', "application/json", 400, "malformed_request"),
        ("[" * 100_000, "application/json", 400, "malformed_request"),
        ("[]", "application/json", 400, "malformed_request"),
        ('{"text": "a", "count": 1e3}', "application/json", 422, "validation_failed"),
        ('{"text": "' + "a" * 1_000_001 + '"}', "application/json", 413, "body_too_large"),
    ],
)
def test_bodies_are_read_strictly(client: FlaskClient, body: str, kind: str, status: int, code: str) -> None:
    answers_problem(client.post("/api/v1/notes", data=body, content_type=kind), status, code)


def test_fields_are_named_by_pointer(client: FlaskClient) -> None:
    document = answers_problem(client.post("/api/v1/notes", json={"price": "1"}), 422, "validation_failed")

    assert {(e["pointer"], e["code"]) for e in document["errors"]} == {
        ("#/text", "required"),
        ("#/price", "unknown_field"),
    }


def test_unknown_parameters_are_refused(client: FlaskClient) -> None:
    assert client.get("/api/v1/notes?q=a").get_json() == {"q": "a"}
    document = answers_problem(client.get("/api/v1/notes?p=a"), 400, "unknown_parameter")
    assert document["params"] == {"unknown": ["p"], "known": ["q"]}
    answers_problem(client.get("/api/v1/public?p=a"), 400, "unknown_parameter")


def test_the_gateway_speaks_for_a_customer(client: FlaskClient, service_token: MintToken) -> None:
    token = service_token("billing", "cus_1", "par_1")

    answer = client.get("/api/v1/mine", headers=as_bearer(token)).get_json()

    assert answer == {"customer": "cus_1", "partner": "par_1", "actor": "customer:cus_1"}


def test_tokens_for_others_are_worth_nothing(
    client: FlaskClient, service_token: MintToken, staff_token: MintToken
) -> None:
    for token in (service_token("catalog", "cus_1"), staff_token("billing", "orders.view"), "x.y.z"):
        refused = client.get("/api/v1/mine", headers=as_bearer(token))
        answers_problem(refused, 401, "authentication_required")
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    answers_problem(
        client.get("/api/v1/mine", headers={"X-User-Id": "cus_1"}), 401, "authentication_required"
    )
    answers_problem(
        client.get("/api/v1/internal", headers=as_bearer(service_token("billing", "cus_1"))),
        403,
        "not_allowed",
    )


def test_staff_pages_ask_for_sign_on(client: FlaskClient) -> None:
    response = client.get("/admin/billing/orders?page=2")

    assert response.status_code == 302
    assert response.location == (
        "http://127.0.0.1:8001/admin/customers/sign-on?to=billing&next=%2Fadmin%2Fbilling%2Forders%3Fpage%3D2"
    )


def test_every_answer_carries_the_headers(client: FlaskClient) -> None:
    for path in ("/livez", "/api/v1/mine", "/nothing", "/api/v1/refusals/bug"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"]
    assert client.get("/api/v1/mine").headers["Cache-Control"] == "no-store"


def test_what_goes_to_the_gateway_carries_nothing_for_browsers(
    client: FlaskClient, service_token: MintToken
) -> None:
    shown = as_bearer(service_token("billing", "cus_1"))
    headers = client.get("/api/v1/mine", headers={**shown, "X-Request-Id": "abc"}).headers

    assert headers["X-Request-Id"] == "abc"
    assert headers["Cache-Control"] == "no-store"
    assert "Content-Security-Policy" not in headers


def test_other_host_names_are_refused(client: FlaskClient) -> None:
    answers_problem(client.get("/api/v1/public", headers={"Host": "evil.example"}), 400, "malformed_request")


def test_a_bare_route_stops_the_start(database: Database, keys_dir: Path) -> None:
    pages = Pages("bare", __name__)
    pages.add_url_rule("/bare", view_func=lambda: "open")

    with pytest.raises(RuntimeError, match="/bare"):
        make_app(
            "billing",
            ServiceSettings(database_url="", keys_dir=keys_dir),
            database,
            package="shared.web",
            html_blueprints=[pages],
        )


def test_routes_tell_their_rule(app: Flask) -> None:
    assert {(r.rule, r.access) for r in routes(app) if r.rule.startswith("/admin")} == {
        ("/admin/billing/orders", "staff:orders.view"),
        ("/admin/billing/orders", "staff:orders.approve"),
    }


def test_the_api_describes_itself(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").get_json()

    assert document["openapi"] == "3.1.0"
    assert "/api/v1/notes" in document["paths"]


def test_refusals_speak_the_readers_language(client: FlaskClient) -> None:
    response = client.get("/api/v1/mine", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.8"})

    assert answers_problem(response, 401, "authentication_required")["title"] == "Melden Sie sich zuerst an"
    assert response.headers["Content-Language"] == "de"


def test_a_refusal_is_one_text_for_every_language_and_its_parameters_are_data(client: FlaskClient) -> None:
    english = client.get("/api/v1/refusals/late").get_json()
    german = client.get("/api/v1/refusals/late", headers={"Accept-Language": "de"}).get_json()

    assert english["detail"] == "Pay EUR 12.50 by 2026-12-24."
    assert german["detail"].startswith("Pay 12,50\xa0€ by 24. Dezember")
    assert (
        english["params"]
        == german["params"]
        == {
            "sum": {"amount": "12.50", "currency": "EUR"},
            "day": "2026-12-24",
        }
    )


def test_what_the_reader_of_json_composes_is_said_in_the_callers_language_too(client: FlaskClient) -> None:
    long = client.post("/api/v1/notes", json={"text": "x" * 301}, headers={"Accept-Language": "de"})

    document = answers_problem(long, 422, "validation_failed")
    assert document["detail"] == "1 Feld ist zu ändern."
    assert document["errors"] == [
        {"pointer": "#/text", "code": "too_long", "detail": "Länger als erlaubt, höchstens 300."}
    ]


def test_every_status_has_a_title_of_ours() -> None:
    refused = {code for code in default_exceptions if code < 500 or code in RETRYABLE}

    assert refused <= set(TITLES)
