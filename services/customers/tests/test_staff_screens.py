"""Accounts of the staff: made without a password, limited to partners, never without a last administrator."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select, update

from customers.cli import main
from customers.models import SetUpLink, StaffMember
from customers.settings import Settings
from customers.usecases.seed_demo import DEFAULT, NORTH, demo_id
from shared import clock
from shared.db import Database
from shared.testing import told

VENDOR = files("customers.domain") / "vendor"

Agent = tuple[FlaskClient, str]
NEW = {
    "login": "nora",
    "name": "Nora North",
    "email": "nora@example.net",
    "roles": ["support"],
    "partner_ids": [NORTH],
}
ADMIN = {
    "login": "admin",
    "name": "Alex",
    "email": "a@example.net",
    "roles": ["administrator"],
    "version": "1",
}


def post(agent: Agent, path: str, fields: dict[str, Any]) -> Any:
    return agent[0].post(path, data={**fields, "csrf_token": agent[1]})


def member(db: Database, login: str) -> StaffMember | None:
    with db.read() as session:
        return session.scalar(select(StaffMember).where(StaffMember.login == login))


def link_for(agent: Agent, staff_id: str) -> str:
    page = post(agent, f"/admin/customers/staff/{staff_id}/set-up-link", {}).get_data(as_text=True)
    found = re.search(r"http://customers.test(/admin/customers/set-up\?code=[\w-]+)", page)
    assert found is not None
    return found[1]


def test_a_new_account_chooses_its_password_by_a_link_and_signs_in(agent: Agent, demo: Database) -> None:
    answer = post(agent, "/admin/customers/staff/new", NEW)
    nora = member(demo, "nora")
    assert nora is not None
    link = link_for(agent, nora.id)
    code = link.partition("code=")[2]
    form = agent[0].get(link)

    chosen = agent[0].post("/admin/customers/set-up", data={"code": code, "password": "blue horse plays"})
    signed_in = agent[0].post(
        "/admin/customers/sign-in", data={"login": "nora", "password": "blue horse plays"}
    )

    assert (answer.status_code, form.status_code) == (303, 200)
    assert (nora.password_hash, nora.partner_ids, nora.roles) == (None, [NORTH], ["support"])
    assert chosen.location == "/admin/customers/sign-in?login=nora"
    assert signed_in.status_code == 303


def test_a_link_works_once_and_only_the_last_one(agent: Agent) -> None:
    old, new = link_for(agent, demo_id("stf", 2)), link_for(agent, demo_id("stf", 2))
    fields = {"code": new.partition("code=")[2], "password": "blue horse plays"}

    answers = [
        agent[0].get(old).status_code,
        agent[0].post("/admin/customers/set-up", data=fields).status_code,
        agent[0].post("/admin/customers/set-up", data=fields).status_code,
        agent[0].get(new).status_code,
    ]

    assert answers == [410, 303, 410, 410]


def test_a_link_is_too_old_after_a_day(agent: Agent, demo: Database) -> None:
    link = link_for(agent, demo_id("stf", 2))
    with demo.begin() as session:
        session.execute(update(SetUpLink).values(expires_at=clock.real_now() - timedelta(seconds=1)))

    assert agent[0].get(link).status_code == 410


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "password123!",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "passwordpassword",
        "Liverpool-2026",
        "1q2w3e4r5t",
        "mercedes2026!",
        "0123456789",
    ],
)
def test_an_easy_password_is_refused_and_the_link_still_works(agent: Agent, password: str) -> None:
    code = link_for(agent, demo_id("stf", 2)).partition("code=")[2]

    answer = agent[0].post("/admin/customers/set-up", data={"code": code, "password": password})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Error: Choose a password" in page
    assert agent[0].get(f"/admin/customers/set-up?code={code}").status_code == 200


@pytest.mark.parametrize("password", [" leading space and ünïcödé", "x1y2z3" * 33])
def test_any_other_password_is_taken_exactly(agent: Agent, password: str) -> None:
    code = link_for(agent, demo_id("stf", 2)).partition("code=")[2]
    agent[0].post("/admin/customers/set-up", data={"code": code, "password": password})

    fields = {"login": "support", "password": password}
    exact = agent[0].post("/admin/customers/sign-in", data=fields)
    stripped = agent[0].post("/admin/customers/sign-in", data={**fields, "password": password.strip() + "x"})

    assert (exact.status_code, stripped.status_code) == (303, 401)


def test_a_refused_form_keeps_its_values(agent: Agent, demo: Database) -> None:
    answer = post(
        agent, "/admin/customers/staff/new", {**NEW, "login": "admin", "email": "nora@", "roles": []}
    )

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "<title>Error: Add staff account" in page
    assert "Choose another login, this one is taken" in page
    assert "Choose at least one role" in page
    assert 'value="Nora North"' in page
    assert member(demo, "nora") is None


@pytest.mark.parametrize("change", [{"roles": ["support"]}, {"disabled": "on"}])
def test_the_last_administrator_stays(agent: Agent, demo: Database, change: dict[str, Any]) -> None:
    answer = post(agent, f"/admin/customers/staff/{demo_id('stf', 1)}", {**ADMIN, **change})

    kept = member(demo, "admin")
    assert answer.status_code == 409
    assert "This is the last administrator." in answer.get_data(as_text=True)
    assert kept is not None
    assert (kept.roles, kept.disabled, kept.version) == (["administrator"], False, 1)


@pytest.mark.parametrize("field", ["password_hash", "id", "created_at"])
def test_nothing_can_be_slipped_in(agent: Agent, demo: Database, field: str) -> None:
    answer = post(agent, "/admin/customers/staff/new", {**NEW, field: "x"})

    assert answer.status_code == 422
    assert member(demo, "nora") is None


def test_who_sees_one_partner_cannot_make_somebody_who_sees_more(
    client: FlaskClient, sign_in_staff: Callable[..., str], demo: Database
) -> None:
    token = sign_in_staff(client, "staff.manage", partner_ids=[NORTH])

    answers = [
        post((client, token), "/admin/customers/staff/new", {**NEW, "partner_ids": chosen}).status_code
        for chosen in ([], [DEFAULT], [NORTH])
    ]
    admin = client.get(f"/admin/customers/staff/{demo_id('stf', 1)}")

    assert answers == [422, 422, 303]
    assert admin.status_code == 404
    assert "Alex Admin" not in client.get("/admin/customers/staff").get_data(as_text=True)


def test_the_first_start_prints_a_link_and_there_is_no_password_before(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("KEYS_DIR", str(settings.keys_dir))
    monkeypatch.setenv("MAIL_URL", settings.mail_url)

    printed = CliRunner().invoke(main, ["set-up-link"])

    admin = member(database, "admin")
    assert re.fullmatch(r"http://127\.0\.0\.1:8001/admin/customers/set-up\?code=[\w-]{43}\n", printed.output)
    assert admin is not None
    assert (admin.password_hash, admin.roles) == (None, ["administrator"])


def test_demo_data_is_refused_in_production_and_safe_twice(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("KEYS_DIR", str(settings.keys_dir))
    monkeypatch.setenv("MAIL_URL", settings.mail_url)
    twice = [CliRunner().invoke(main, ["seed"]).exit_code for _time in range(2)]
    count = len(told(database))
    monkeypatch.setenv("LEDGERLINE_ENV", "production")

    refused = CliRunner().invoke(main, ["seed"])

    assert twice == [0, 0]
    assert count == 16
    assert refused.exit_code == 1


def test_the_list_of_common_passwords_is_what_it_was() -> None:
    found = hashlib.sha256((VENDOR / "common-passwords.txt.gz").read_bytes()).hexdigest()

    assert f"| {found} |" in (VENDOR / "VENDORED.md").read_text()
