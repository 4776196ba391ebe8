"""The smaller parts: how often, which page, which settings, what is logged, which commands."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click
import pytest
import structlog
from click.testing import CliRunner
from flask import Flask
from marshmallow import Schema, ValidationError, fields
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from shared import clock, context, log
from shared.cli import service_cli
from shared.db import Database, metadata
from shared.errors import TooMany
from shared.settings import BadSettings, ServiceSettings, read, setting
from shared.testing import answers_problem
from shared.web import gunicorn, ratelimit
from shared.web.access import public
from shared.web.app import make_app
from shared.web.fields import Id, Integer, Page, after, page
from shared.web.ratelimit import RateHitRow
from shared.web.strict import Blueprint


class Record(DeclarativeBase):
    metadata = metadata()


class RateHit(RateHitRow, Record):
    pass


@pytest.fixture(scope="session")
def schema() -> MetaData:
    return Record.metadata


def test_tries_are_counted_per_key_and_forgotten_in_time(database: Database) -> None:
    for _ in range(3):
        with database.begin() as session:
            ratelimit.allow(session, "login:Ada", 3, 300)

    with database.begin() as session, pytest.raises(TooMany) as refused:
        ratelimit.allow(session, "login:ada ", 3, 300)
    assert 290 <= refused.value.retry_after <= 300
    with database.begin() as session:
        ratelimit.allow(session, "login:bob", 3, 300)
        session.query(RateHit).update({"at": clock.real_now() - timedelta(seconds=301)})
    with database.begin() as session:
        ratelimit.allow(session, "login:ada", 3, 300)
        ratelimit.forgive(session, "login:ada")
        assert session.query(RateHit).filter_by(key="login:ada").count() == 0


class Wanted(Page):
    status = fields.String()


@pytest.fixture
def numbers(database: Database, keys_dir: Path) -> Flask:
    api = Blueprint("numbers", __name__, url_prefix="/api/v1")

    @api.get("/numbers")
    @public
    @api.arguments(Wanted, location="query")
    def find(wanted: dict[str, object]) -> dict[str, object]:
        last, limit = after(wanted["cursor"]), wanted["limit"]  # type: ignore[arg-type]
        start = 0 if last is None else last[0] + 1
        rows = list(range(start, 250))[: limit + 1]  # type: ignore[operator]
        return page(rows, limit=limit, key=lambda number: [number])  # type: ignore[arg-type]

    settings = ServiceSettings(database_url=database.url, keys_dir=keys_dir)
    return make_app("billing", settings, database, package="shared.web", api_blueprints=[api])


def test_a_list_is_walked_page_by_page(numbers: Flask) -> None:
    client, path, seen = numbers.test_client(), "/api/v1/numbers?limit=1000&status=a", []
    sizes = []
    while path:
        document = client.get(path).get_json()
        seen += document["items"]
        sizes.append(len(document["items"]))
        path = document.get("next")

    assert sizes == [100, 100, 50]
    assert seen == list(range(250))


def test_a_cursor_belongs_to_its_filters(numbers: Flask) -> None:
    client = numbers.test_client()
    following = client.get("/api/v1/numbers?status=a").get_json()["next"]

    changed = client.get(following.replace("status=a", "status=b"))

    answers_problem(changed, 400, "cursor_mismatch")
    answers_problem(client.get("/api/v1/numbers?cursor=abc"), 400, "cursor_mismatch")
    answers_problem(client.get("/api/v1/numbers?limit=0"), 422, "validation_failed")


class Line(Schema):
    id = Id("plan")
    quantity = Integer()


@pytest.mark.parametrize("quantity", ["5", 1.5, 1e3, True, float("nan"), 2**53, -(2**60)])
def test_a_quantity_is_a_whole_number(quantity: object) -> None:
    with pytest.raises(ValidationError):
        Line().load({"quantity": quantity})


def test_an_id_is_of_its_kind() -> None:
    assert Line().load({"id": "plan_0123"}) == {"id": "plan_0123"}
    for bad in ("ord_1", "plan_", "plan_' OR 1=1", "plan_1\n", "plan_" + "a" * 37):
        with pytest.raises(ValidationError):
            Line().load({"id": bad})


@dataclass(frozen=True, kw_only=True)
class Settings(ServiceSettings):
    provider_url: str = setting(env="PROVIDER_URL", help="where the provider is")


def test_all_that_is_wrong_is_listed(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as bad:
        read(Settings, {"INSECURE_COOKIES": "maybe", "DATABASE_URL_FILE": str(tmp_path / "none")})

    assert [problem.split(":")[0] for problem in bad.value.problems] == [
        "DATABASE_URL",
        "KEYS_DIR is missing",
        "INSECURE_COOKIES",
        "PROVIDER_URL is missing",
    ]


def test_secrets_come_from_files_and_maps_are_read(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("sqlite:////x\n")
    settings = read(
        Settings,
        {
            "DATABASE_URL_FILE": str(tmp_path / "url"),
            "KEYS_DIR": "/keys",
            "PROVIDER_URL": "http://p",
            "ADMIN_URLS": "customers=https://c.example/, portal=https://p.example",
            "TRUSTED_HOSTS": "a, b",
        },
    )

    assert settings.database_url == "sqlite:////x"
    assert settings.keys_dir == Path("/keys")
    assert settings.admin_urls == {"customers": "https://c.example", "portal": "https://p.example"}
    assert settings.trusted_hosts == ("a", "b")


def test_production_refuses_the_sandbox() -> None:
    environ = {
        "LEDGERLINE_ENV": "production",
        "DATABASE_URL": "x",
        "KEYS_DIR": "k",
        "CLOCK_FILE": "c",
        "INSECURE_COOKIES": "1",
    }

    with pytest.raises(BadSettings, match=r"CLOCK_FILE.*INSECURE_COOKIES"):
        read(ServiceSettings, environ)


@pytest.fixture
def own_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("own_logging")
def test_a_log_line_is_one_safe_line(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("billing", "INFO")

    with context.use(actor="staff:stf_1", correlation_id="req1", causation_id="evt_1"):
        log.get_logger().info("odd\nname", value="\x1b[31m" + "a" * 5000, password="x", count=3)
    logging.getLogger("library").warning("from a %s", "library")

    ours, theirs = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert ours["event"] == "odd\nname"
    assert len(str(ours["value"])) == 2003
    assert (ours["password"], ours["count"]) == ("[hidden]", 3)
    assert (ours["actor"], ours["correlation_id"], ours["event_id"]) == ("staff:stf_1", "req1", "evt_1")
    assert (theirs["event"], theirs["level"], theirs["service"]) == ("from a library", "warning", "billing")


def _commands(seeded: list[str]) -> click.Group:
    return service_cli(
        "billing", "billing", Settings, worker=lambda: None, seed=lambda db, known: seeded.append(db.url)
    )


def test_a_command_lists_what_is_missing_and_exits_with_2() -> None:
    result = CliRunner().invoke(_commands([]), ["seed"], env={"DATABASE_URL": "", "KEYS_DIR": ""})

    assert result.exit_code == 2
    assert "DATABASE_URL is missing" in result.output
    assert "PROVIDER_URL is missing" in result.output


@pytest.mark.usefixtures("own_logging")
def test_demo_data_is_for_the_sandbox(tmp_path: Path) -> None:
    seeded: list[str] = []
    url = f"sqlite:///{tmp_path}/a.db"
    environ = {"DATABASE_URL": url, "KEYS_DIR": "k", "PROVIDER_URL": "http://p"}

    assert CliRunner().invoke(_commands(seeded), ["seed"], env=environ).exit_code == 0
    refused = CliRunner().invoke(_commands(seeded), ["seed"], env=environ | {"LEDGERLINE_ENV": "production"})

    assert seeded == [url]
    assert refused.exit_code == 1


def test_metrics_are_for_those_who_may_see_them(database: Database, keys_dir: Path) -> None:
    open_ = ServiceSettings(database_url="", keys_dir=keys_dir)
    guarded = ServiceSettings(database_url="", keys_dir=keys_dir, metrics_token="t")
    client = make_app("billing", open_, database, package="shared.web").test_client()

    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 404
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "10.0.0.1"}).status_code == 404

    client = make_app("billing", guarded, database, package="shared.web").test_client()
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer t"}).status_code == 200


def test_forms_may_lead_to_our_uis_and_the_payment_page(database: Database, keys_dir: Path) -> None:
    settings = ServiceSettings(
        database_url="",
        keys_dir=keys_dir,
        admin_urls={"customers": "https://c.example/x"},
        payments_origin="https://pay.example/checkout",
        portal_url="https://me.example",
    )
    client = make_app("billing", settings, database, package="shared.web").test_client()

    policy = client.get("/livez", headers={"Host": "c.example"}).headers["Content-Security-Policy"]

    assert policy.endswith("form-action 'self' https://c.example https://me.example https://pay.example")
    assert "unsafe" not in policy


def test_gunicorn_takes_no_word_from_proxies() -> None:
    assert gunicorn.forwarded_allow_ips == ""
    assert gunicorn.control_socket_disable
