"""Asking twice with one key does it once and answers the same."""

import hashlib
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from marshmallow import Schema, fields
from sqlalchemy import MetaData, String, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from werkzeug.test import TestResponse

from shared import clock
from shared.db import Database, metadata
from shared.errors import Conflict, Unavailable
from shared.ids import new_id
from shared.settings import ServiceSettings
from shared.testing import MintToken, answers_problem, as_bearer
from shared.web import idempotency
from shared.web.access import portal
from shared.web.app import make_app
from shared.web.idempotency import IdempotencyRow, idempotent, reserved, transaction
from shared.web.sessions import RevokedSessionRow
from shared.web.strict import Blueprint

Post = Callable[..., TestResponse]


class Record(DeclarativeBase):
    metadata = metadata()


class Idempotency(IdempotencyRow, Record):
    pass


class RevokedSession(RevokedSessionRow, Record):
    pass


class Order(Record):
    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))


class NewOrder(Schema):
    name = fields.String(required=True)


class OrderSchema(Schema):
    id = fields.String()
    name = fields.String()


def _api() -> Blueprint:
    api = Blueprint("orders", __name__, url_prefix="/api/v1")

    @api.post("/orders")
    @portal
    @idempotent
    @api.arguments(NewOrder)
    @api.response(202, OrderSchema)
    def place(body: dict[str, str]) -> Order:
        with transaction() as session:
            order = Order(id=new_id("ord"), name=body["name"])
            session.add(order)
            session.flush()
        if body["name"] == "refused":
            raise Conflict
        return order

    @api.post("/calls")
    @portal
    @reserved(required=False)
    @api.arguments(NewOrder)
    def call(body: dict[str, str]) -> tuple[dict[str, str], int]:
        if body["name"] == "down":
            raise Unavailable
        return {"id": new_id("x")}, 201

    return api


@pytest.fixture(scope="session")
def schema() -> MetaData:
    return Record.metadata


@pytest.fixture
def app(database: Database, keys_dir: Path) -> Flask:
    settings = ServiceSettings(database_url=database.url, keys_dir=keys_dir)
    return make_app("billing", settings, database, package="shared.web", api_blueprints=[_api()])


@pytest.fixture
def post(app: Flask, service_token: MintToken) -> Post:
    def send(
        key: str | None, name: str = "a", *, customer: str = "cus_1", path: str = "/api/v1/orders"
    ) -> TestResponse:
        headers = as_bearer(service_token("billing", customer))
        if key is not None:
            headers["Idempotency-Key"] = key
        return app.test_client().post(path, json={"name": name}, headers=headers)

    return send


def _count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Order)) or 0


def test_asking_twice_places_one_order(post: Post, database: Database) -> None:
    first, second = post("k"), post("k")

    assert first.status_code == second.status_code == 202
    assert first.get_json() == second.get_json()
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert _count(database) == 1


def test_asking_at_once_places_one_order(post: Post, database: Database) -> None:
    answers: list[TestResponse] = []
    threads = [threading.Thread(target=lambda: answers.append(post("k"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.get_json()["id"] for answer in answers}) == 1
    assert _count(database) == 1


def test_a_key_means_one_body(post: Post, database: Database) -> None:
    post("k", "a")

    answers_problem(post("k", "b"), 422, "idempotency_key_reused")
    assert _count(database) == 1


def test_keys_of_others_are_their_own(post: Post, database: Database) -> None:
    post("k", customer="cus_1")
    post("k", customer="cus_2")

    assert _count(database) == 2


def test_a_key_is_needed_and_plain(post: Post, database: Database) -> None:
    answers_problem(post(None), 400, "idempotency_key_required")
    answers_problem(post("k" * 256), 400, "malformed_request")
    answers_problem(post("a\x01b"), 400, "malformed_request")
    assert post("k" * 255).status_code == 202
    assert _count(database) == 1


def test_a_refusal_leaves_nothing_and_is_not_kept(post: Post, database: Database) -> None:
    answers_problem(post("k", "refused"), 409, "conflict")

    assert _count(database) == 0
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Idempotency)) == 0


def test_a_reserved_view_answers_the_same_again(post: Post) -> None:
    first = post("k", path="/api/v1/calls")
    second = post("k", path="/api/v1/calls")

    assert first.get_json() == second.get_json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert post(None, path="/api/v1/calls").get_json() != post(None, path="/api/v1/calls").get_json()


def test_a_failed_call_may_be_asked_again(post: Post) -> None:
    answers_problem(post("k", "down", path="/api/v1/calls"), 503, "upstream_unavailable")
    answers_problem(post("k", "down", path="/api/v1/calls"), 503, "upstream_unavailable")


def test_what_is_worked_on_is_not_begun_again(post: Post, database: Database) -> None:
    scope, key = "customer:cus_1:POST /api/v1/calls", "k"
    request_hash = hashlib.sha256(b'{"name": "a"}').hexdigest()
    with database.begin() as session:
        idempotency.reserve(session, scope, key, request_hash)

    running = post(key, path="/api/v1/calls")

    answers_problem(running, 409, "request_in_progress")
    assert running.headers["Retry-After"] == "1"

    with database.begin() as session:
        session.query(Idempotency).update({"lease_until": clock.real_now() - timedelta(seconds=1)})
    assert post(key, path="/api/v1/calls").status_code == 201


def test_answers_are_forgotten_after_a_week(post: Post, database: Database) -> None:
    post("k")
    with database.begin() as session:
        session.query(Idempotency).update({"created_at": clock.real_now() - timedelta(days=8)})
        idempotency.forget_old(session)

    post("k")

    assert _count(database) == 2


def test_the_api_tells_of_the_key(app: Flask) -> None:
    document = app.test_client().get("/api/openapi.json").get_json()

    parameters = document["paths"]["/api/v1/orders"]["post"]["parameters"]
    assert [(each["name"], each["in"], each["required"]) for each in parameters] == [
        ("Idempotency-Key", "header", True)
    ]
    assert "requestBody" in document["paths"]["/api/v1/orders"]["post"]
