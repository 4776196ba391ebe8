"""
Who somebody is, and for how long; the numbers are those of the security list (reliability.md section 3).
"""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from billing.app import create_app
from billing.clients.fake_provider import FakeProvider
from billing.settings import Settings
from customers.clients.hashing import hash_password
from customers.models import StaffMember, StaffSession
from customers.usecases.save_staff import Profile, edit_staff
from customers.usecases.set_password import keep_hash
from customers.usecases.set_up_account import set_up_link
from customers.usecases.sign_out import end_sessions
from portal_gateway.models import CustomerCopy, PortalSession
from shared import clock
from shared.testing import MintToken, answers_problem, as_bearer, let_go, open_migrated
from shared.web import tokens
from shared.web.staff import mint_staff_token
from tests.journeys.world import PASSWORD, World
from tests.security.evidence import ask, quiet, refused, untouched

SEAN, MARIA, QUAY = f"cus_{3:026}", f"cus_{4:026}", f"cus_{5:026}"
PORTAL, DESK = "__Host-ledgerline-portal", "__Host-ledgerline-desk"


def enter(client: FlaskClient, login: str, password: str, *, address: str, **more: Any) -> TestResponse:
    """
    Return what a try to sign in from a network address answers.
    """
    body = {"login": login, "password": password, **more}
    return client.post("/api/v1/sessions", json=body, environ_base={"REMOTE_ADDR": address})


def cookie_of(answer: TestResponse, name: str) -> str:
    """
    Return the whole Set-Cookie line of the cookie *name*.
    """
    return next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith(f"{name}="))


def by_cookie(world: World, login: str = "postpaid") -> FlaskClient:
    client = world.client()
    answer = client.post("/api/v1/sessions", json={"login": login, "password": PASSWORD, "kind": "cookie"})
    client.environ_base["HTTP_X_CSRF_TOKEN"] = answer.json["csrf_token"]
    return client


def staff(world: World, login: str = "admin", password: str = PASSWORD) -> FlaskClient:
    client = world.apps["customers"].test_client()
    answer = client.post("/admin/customers/sign-in", data={"login": login, "password": password})
    assert answer.status_code == 303, answer.text
    return client


def is_in(client: FlaskClient) -> bool:
    return client.get("/api/v1/sessions/current").status_code == 200


def is_staff(client: FlaskClient) -> bool:
    return "code=" in client.get("/admin/customers/sign-on?to=billing&next=/admin/billing").location


def test_01_a_wrong_password_and_an_unknown_login_answer_alike(world: World) -> None:
    took: dict[str, list[float]] = {"postpaid": [], "nobody-at-all": []}
    said = set()
    for number in range(3):
        for login, times in took.items():
            start = perf_counter()
            answer = enter(world.client(), login, "wrong", address=f"192.0.2.{number}")
            times.append(perf_counter() - start)
            document = answers_problem(answer, 401, "credentials_rejected")
            said.add((document["title"], document["detail"], document["type"]))
    assert len(said) == 1
    wrong, unknown = (min(times) for times in took.values())
    assert wrong / 2 < unknown < wrong * 2  # both hash; not hashing is fifty times faster


def test_02_five_bad_tries_and_a_pause_but_no_lock_out(world: World) -> None:
    tries = [enter(world.client(), "noplans", "wrong", address="192.0.2.20") for _ in range(5)]
    assert {each.status_code for each in tries} == {401}

    for login in ("noplans", " NoPlans "):
        sixth = enter(world.client(), login, PASSWORD, address="192.0.2.20")
        answers_problem(sixth, 429, "rate_limited")
        assert 0 < int(sixth.headers["Retry-After"]) <= 300
    assert enter(world.client(), "noplans", PASSWORD, address="192.0.2.21").status_code == 201


def test_02_the_page_counts_with_the_api_and_forwarded_addresses_change_nothing(world: World) -> None:
    here = {"REMOTE_ADDR": "192.0.2.22"}
    for number in range(5):
        sent = {"headers": {"X-Forwarded-For": f"203.0.113.{number}", "Forwarded": "for=203.0.113.9"}}
        page = world.client().post(
            "/portal/login", data={"login": "noplans", "password": "wrong"}, environ_base=here, **sent
        )
        assert page.status_code == 401
    answers_problem(enter(world.client(), "noplans", PASSWORD, address="192.0.2.22"), 429, "rate_limited")


def test_02_the_desk_of_the_staff_counts_too(world: World) -> None:
    client, form = world.apps["customers"].test_client(), {"login": "support", "password": "wrong"}
    sent: dict[str, Any] = {"data": form, "environ_base": {"REMOTE_ADDR": "192.0.2.23"}}
    assert {client.post("/admin/customers/sign-in", **sent).status_code for _ in range(5)} == {401}
    answer = client.post("/admin/customers/sign-in", **sent)
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)


def test_03_many_logins_from_one_address_have_to_wait(world: World) -> None:
    answers = [enter(world.client(), f"guess-{n}", "wrong", address="192.0.2.30") for n in range(61)]
    assert [each.status_code for each in answers] == [401] * 60 + [429]


@pytest.mark.parametrize("password", ["p" * 200, "žluťoučký kůň 🐎", " leading and trailing ", "a\\\"'<b>"])
def test_04_a_password_is_taken_exactly_as_it_is(world: World, password: str) -> None:
    with world.databases["customers"].begin() as session:
        keep_hash(session, customer_id=MARIA, password_hash=hash_password(password))
    assert enter(world.client(), "noplans", password, address="192.0.2.40").status_code == 201
    assert enter(world.client(), "noplans", password + " ", address="192.0.2.40").status_code == 401


def test_04_a_huge_password_is_not_hashed(world: World) -> None:
    start = perf_counter()
    answer = enter(world.client(), "postpaid", "p" * 900_000, address="192.0.2.41")
    refused(answer, 422, "validation_failed", "#/password")
    refused(enter(world.client(), "p" * 300, "p", address="192.0.2.41"), 422, "validation_failed", "#/login")
    assert perf_counter() - start < 2


GUESSED = ["password123", "Qwertyuiop1", "aaaaaaaaaaaa", "short", "Sam Support", ""]


@pytest.mark.parametrize(("place", "password"), list(enumerate(GUESSED)))
def test_05_what_everybody_guesses_is_no_password(world: World, place: int, password: str) -> None:
    db = world.databases["customers"]
    with db.begin() as session:
        code = set_up_link(session, staff_id=f"stf_{2:026}", scope=None, now=clock.real_now())
    client = world.apps["customers"].test_client()
    with untouched(world):
        sent = {"data": {"code": code, "password": password}}
        here = {"REMOTE_ADDR": f"192.0.2.5{place}"}
        answer = client.post("/admin/customers/set-up", **sent, environ_base=here)
    assert answer.status_code == 422, answer.text


def test_06_a_planted_cookie_becomes_nobodys_session(world: World) -> None:
    client = world.client()
    client.set_cookie(PORTAL, "planted")
    body = {"login": "postpaid", "password": PASSWORD, "kind": "cookie"}
    first, second = (
        client.post("/api/v1/sessions", json=body, headers={"Origin": "http://localhost"}) for _ in "12"
    )
    assert len({cookie_of(first, PORTAL), cookie_of(second, PORTAL), "planted"}) == 3
    client.set_cookie(PORTAL, "planted")
    assert not is_in(client)


def test_07_after_signing_out_the_old_cookie_opens_nothing(world: World) -> None:
    client = by_cookie(world)
    cookie = client.get_cookie(PORTAL)
    assert cookie is not None
    assert client.delete("/api/v1/sessions/current").status_code == 204
    client.set_cookie(PORTAL, cookie.value)
    answers_problem(client.get("/api/v1/home"), 401, "session_expired")
    assert client.get("/portal").location.startswith("/portal/login")


def test_07_a_customer_made_inactive_stays_to_pay_and_come_back(world: World, staff_token: MintToken) -> None:
    sean, browser = world.sign_in("blocked"), by_cookie(world, "blocked")
    path = f"/admin/customers/{SEAN}/status"
    headers = as_bearer(staff_token("customers", "customers.edit", "customers.view"))
    form = {"status": "inactive", "why": "Moved away"}
    assert world.apps["customers"].test_client().post(path, data=form, headers=headers).status_code == 303
    world.until(lambda: status_known_to_the_portal(world, SEAN) == "inactive", "the portal knows")
    assert ask(sean, "GET", "/home").status_code == 200
    assert is_in(browser)


def status_known_to_the_portal(world: World, customer_id: str) -> str:
    with world.databases["portal"].read() as session:
        copy = session.get(CustomerCopy, customer_id)
        return copy.status if copy else ""


def test_07_a_new_password_ends_the_sessions_of_the_old_one(world: World, staff_token: MintToken) -> None:
    with_cookie, with_token = by_cookie(world, "requestonly"), world.sign_in("requestonly")
    other = by_cookie(world, "prepaid")
    headers = as_bearer(staff_token("customers", "customers.edit", "customers.view"))
    path = f"/admin/customers/{QUAY}/temporary-password"
    page = world.apps["customers"].test_client().post(path, headers=headers)
    assert page.status_code == 200
    world.until(lambda: not is_in(with_cookie), "the cookie opens nothing")
    assert ask(with_token, "GET", "/home").status_code == 401
    assert is_in(other)
    password = re.search(r"\b(?:[a-z2-9]{4}-){3}[a-z2-9]{4}\b", page.text)
    assert password
    again = enter(world.client(), "requestonly", password[0], address="192.0.2.1")
    quiet(world)
    assert again.status_code == 201
    token = as_bearer(again.json["access_token"])
    assert world.client().get("/api/v1/home", headers=token).status_code == 403  # it is temporary
    own = {"password": "seven green lanterns"}
    chosen = world.client().put("/api/v1/credentials/password", json=own, headers=token)
    quiet(world)
    token = as_bearer(chosen.json["access_token"])
    assert world.client().get("/api/v1/home", headers=token).status_code == 200


def test_07_staff_who_signs_out_is_out_of_every_ui(world: World) -> None:
    desk = staff(world, "billing")
    billing = world.apps["billing"].test_client()
    code = desk.get("/admin/customers/sign-on?to=billing&next=/admin/billing").location
    billing.get(code.removeprefix("http://127.0.0.1:8003"))
    assert billing.get("/admin/billing").status_code == 200
    with world.databases["customers"].begin() as session:
        end_sessions(session, staff_id=f"stf_{3:026}")
    world.until(lambda: billing.get("/admin/billing").status_code == 302, "billing lets nobody in")
    assert not is_staff(desk)


def test_07_disabled_staff_is_out_of_every_ui(world: World) -> None:
    desk = staff(world, "billing")
    billing = world.apps["billing"].test_client()
    code = desk.get("/admin/customers/sign-on?to=billing&next=/admin/billing").location
    billing.get(code.removeprefix("http://127.0.0.1:8003"))
    assert billing.get("/admin/billing").status_code == 200
    with world.databases["customers"].begin() as session:
        member = session.get_one(StaffMember, f"stf_{3:026}")
        profile = Profile(
            login=member.login,
            name=member.name,
            email=member.email,
            roles=tuple(member.roles),
            partner_ids=tuple(member.partner_ids) if member.partner_ids is not None else None,
            disabled=True,
        )
        edit_staff(session, profile, staff_id=member.id, version=member.version, scope=None)
    world.until(lambda: billing.get("/admin/billing").status_code == 302, "billing lets nobody in")
    assert not is_staff(desk)
    again = world.apps["customers"].test_client()
    words = {"login": "billing", "password": PASSWORD}
    assert again.post("/admin/customers/sign-in", data=words).status_code != 303


def test_08_cookies_are_kept_from_scripts_and_other_sites(world: World) -> None:
    body = {"login": "postpaid", "password": PASSWORD}
    desk = world.apps["customers"].test_client()
    given = {
        PORTAL: world.client().post("/api/v1/sessions", json={**body, "kind": "cookie"}),
        f"{PORTAL} ": world.client().post("/portal/login", data=body),
        DESK: desk.post("/admin/customers/sign-in", data={"login": "admin", "password": PASSWORD}),
    }
    for name, answer in given.items():
        line = cookie_of(answer, name.strip())
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; "))
        assert "Domain" not in line
        assert len(line) < 4096


@pytest.mark.parametrize(
    "edit", [lambda c: c[:-1] + "_", lambda c: c + "A", lambda c: c.swapcase(), lambda c: ""]
)
def test_09_an_edited_cookie_or_token_opens_nothing(world: World, edit: Callable[[str], str]) -> None:
    client, robert = by_cookie(world), world.sign_in("postpaid")
    cookie = client.get_cookie(PORTAL)
    assert cookie is not None
    client.set_cookie(PORTAL, edit(cookie.value))
    assert not is_in(client)
    token = robert.headers["Authorization"].removeprefix("Bearer ")
    assert client.get("/api/v1/home", headers=as_bearer(edit(token))).status_code == 401
    client.set_cookie(PORTAL, token)  # a token is no cookie
    assert not is_in(client)
    assert client.get("/api/v1/home", headers=as_bearer(cookie.value)).status_code == 401


def test_09_what_a_retired_key_signed_opens_nothing_from_then_on(tmp_path: Path) -> None:
    tokens.ensure_keys(tmp_path)
    token = mint_staff_token(
        tokens.Signer.load(tmp_path, tokens.STAFF_DESK),
        "billing",
        staff_id=f"stf_{1:026}",
        session_id=f"ses_{1:026}",
        csrf_secret="secret",
        name="Ada Admin",
        roles=["administrator"],
        permissions=["orders.view"],
        partner_ids=None,
    )
    db = open_migrated(tmp_path, "billing")
    settings = Settings(
        database_url=db.url,
        keys_dir=tmp_path,
        payments_api_key="key",
        payments_webhook_secret="secret",
    )
    client = create_app(settings, db, provider=FakeProvider()).test_client()
    assert client.get("/admin/billing", headers=as_bearer(token)).status_code == 200

    trusted = json.loads((tmp_path / "trusted.json").read_text())
    kept = [key for key in trusted["keys"] if key["iss"] != tokens.STAFF_DESK]
    (tmp_path / "trusted.json").write_text(json.dumps({"keys": kept}))

    assert client.get("/admin/billing", headers=as_bearer(token)).status_code == 302
    let_go(db)


@pytest.mark.parametrize(
    ("column", "ago"), [("last_seen_at", timedelta(minutes=31)), ("ends_at", timedelta(seconds=1))]
)
def test_10_a_session_of_the_portal_ends(world: World, column: str, ago: timedelta) -> None:
    client = by_cookie(world)
    assert is_in(client)
    with world.databases["portal"].begin() as session:
        session.execute(update(PortalSession).values({column: clock.real_now() - ago}))
    answers_problem(client.get("/api/v1/home"), 401, "session_expired")


@pytest.mark.parametrize(
    ("column", "ago"), [("seen_at", timedelta(minutes=16)), ("started_at", timedelta(hours=8, minutes=1))]
)
def test_10_a_session_of_the_staff_ends(world: World, column: str, ago: timedelta) -> None:
    client = staff(world)
    assert is_staff(client)
    with world.databases["customers"].begin() as session:
        session.execute(update(StaffSession).values({column: clock.real_now() - ago}))
    assert not is_staff(client)


@pytest.mark.parametrize(("stay", "length"), [(False, timedelta(hours=12)), (True, timedelta(days=30))])
def test_10_a_session_of_the_portal_is_as_long_as_was_chosen(
    world: World, stay: bool, length: timedelta
) -> None:
    body = {"login": "postpaid", "password": PASSWORD, "kind": "cookie", "stay_signed_in": stay}
    answer = world.client().post("/api/v1/sessions", json=body)
    with world.databases["portal"].read() as session:
        row = session.get_one(PortalSession, answer.json["id"])
    assert row.ends_at - row.created_at == length
