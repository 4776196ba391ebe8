"""Staff sign in once, are known in all five UIs, and are gone everywhere when they sign out."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from customers.models import StaffSession
from customers.usecases.save_staff import Profile, edit_staff
from customers.usecases.seed_demo import demo_id
from shared import clock
from shared.contracts.customers import StaffSignedOut
from shared.db import Database
from shared.errors import NotSignedIn
from shared.testing import told
from shared.web.tokens import STAFF_DESK, Verifier

SIGN_IN = "/admin/customers/sign-in"
ADMIN = {
    "login": "admin",
    "password": "ledgerline-demo",
    "to": "customers",
    "next": "/admin/customers/partners",
}


def follow(client: FlaskClient, answer: Any) -> Any:
    """
    Follow redirects as long as they stay with us, the way a browser would.
    """
    while answer.status_code in (302, 303) and urlsplit(answer.location).netloc in ("", "customers.test"):
        parts = urlsplit(answer.location)
        answer = client.get(f"{parts.path}?{parts.query}")
    return answer


def sign_in(client: FlaskClient, **changes: str) -> Any:
    return client.post(SIGN_IN, data={**ADMIN, **changes})


def sessions(db: Database) -> list[StaffSession]:
    with db.read() as session:
        return list(session.scalars(select(StaffSession).order_by(StaffSession.id)))


def test_who_is_not_signed_in_is_led_to_the_form_and_back(client: FlaskClient) -> None:
    form = follow(client, client.get("/admin/customers/partners"))
    hidden = dict(re.findall(r'type="hidden" name="(to|next)" value="([^"]*)"', form.get_data(as_text=True)))

    page = follow(client, sign_in(client, **hidden))

    assert hidden == {"to": "customers", "next": "/admin/customers/partners"}
    assert page.status_code == 200
    assert "Harbour Fibre" in page.get_data(as_text=True)


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = next(c for c in sign_in(client).headers.getlist("Set-Cookie") if "ledgerline-desk" in c)

    assert cookie.startswith("__Host-ledgerline-desk=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_another_ui_gets_a_one_use_code_with_a_short_token_inside(
    client: FlaskClient, keys_dir: Path
) -> None:
    sign_in(client)

    answer = client.get("/admin/customers/sign-on?to=billing&next=/admin/billing/orders")

    target = urlsplit(answer.location)
    query = {name: values[0] for name, values in parse_qs(target.query).items()}
    assert (target.scheme, target.netloc, target.path) == ("http", "billing.test", "/admin/billing/sign-on")
    assert query["next"] == "/admin/billing/orders"
    verifier = Verifier(keys_dir)
    code = verifier.verify(query["code"], audience="billing", issuer=STAFF_DESK, use="handoff")
    token = verifier.verify(code["token"], audience="billing", issuer=STAFF_DESK, use="staff")
    assert (token["sub"], token["name"], token["partners"]) == (demo_id("stf", 1), "Alex Admin", None)
    assert token["roles"] == ["administrator"]
    assert "orders.approve" in token["permissions"]
    assert token["exp"] - token["iat"] == 300
    with pytest.raises(NotSignedIn):
        verifier.verify(query["code"], audience="customers", issuer=STAFF_DESK, use="handoff")


def test_a_code_works_once(client: FlaskClient) -> None:
    answer = sign_in(client)
    code = client.get(urlsplit(answer.location).path + "?" + urlsplit(answer.location).query).location
    used = urlsplit(code)

    first = client.get(f"{used.path}?{used.query}")
    second = client.get(f"{used.path}?{used.query}")

    assert (first.status_code, second.status_code) == (303, 400)


@pytest.mark.parametrize(
    "target", ["https://evil.example/x", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_the_way_back_is_never_to_somebody_else(client: FlaskClient, target: str) -> None:
    page = follow(client, sign_in(client, next=target))

    assert page.status_code == 200
    assert page.request.path.rstrip("/") == "/admin/customers"


def test_there_is_no_code_for_a_ui_that_does_not_exist(client: FlaskClient) -> None:
    sign_in(client)

    assert client.get("/admin/customers/sign-on?to=evil&next=/admin/evil").status_code == 403


@pytest.mark.parametrize("fields", [{"password": "wrong"}, {"login": "nobody"}])
def test_a_wrong_password_and_an_unknown_login_read_alike(
    client: FlaskClient, fields: dict[str, str]
) -> None:
    answer = sign_in(client, **fields)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "<title>Error: Sign in" in page
    assert "Login or password is not right" in page
    assert "Set-Cookie" not in answer.headers


def test_a_disabled_account_reads_like_a_wrong_password(client: FlaskClient, demo: Database) -> None:
    with demo.begin() as session:
        profile = Profile(
            login="support", name="Sam", email="s@example.net", roles=("support",), disabled=True
        )
        edit_staff(session, profile, staff_id=demo_id("stf", 2), version=1, scope=None)

    answer = sign_in(client, login="support")

    assert answer.status_code == 401
    assert "Login or password is not right" in answer.get_data(as_text=True)


def test_the_sixth_wrong_try_waits_and_another_account_does_not(client: FlaskClient) -> None:
    for _try in range(5):
        assert sign_in(client, password="wrong").status_code == 401

    late = sign_in(client)
    other = sign_in(client, login="support")

    assert (late.status_code, other.status_code) == (429, 303)
    assert int(late.headers["Retry-After"]) > 200


def test_right_passwords_are_not_counted(client: FlaskClient) -> None:
    answers = {sign_in(client).status_code for _try in range(7)}

    assert answers == {303}


def test_every_sign_in_is_a_new_session(client: FlaskClient, demo: Database) -> None:
    client.set_cookie("__Host-ledgerline-desk", "planted")

    sign_in(client)
    sign_in(client)

    secrets = {session.secret_hash for session in sessions(demo)}
    assert len(secrets) == 2
    planted = client.get_cookie("__Host-ledgerline-desk")
    assert planted is not None
    assert planted.value != "planted"


def test_signing_out_is_told_and_kills_the_other_cookies(client: FlaskClient, demo: Database) -> None:
    page = follow(client, sign_in(client)).get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="(\w+)"', page)
    assert token is not None
    kept = client.get_cookie("__Host-ledgerline-customers-staff")
    assert kept is not None

    answer = client.post("/admin/customers/sign-out", data={"csrf_token": token[1]})

    fact = told(demo)[-1]
    assert answer.status_code == 303
    assert isinstance(fact, StaffSignedOut)
    assert (fact.session_id, fact.staff_id) == (sessions(demo)[0].id, demo_id("stf", 1))
    client.set_cookie("__Host-ledgerline-customers-staff", kept.value)
    assert client.get("/admin/customers").status_code == 302  # the token itself is worth nothing now
    assert follow(client, client.get("/admin/customers")).request.path == SIGN_IN


def test_signing_out_of_another_ui_ends_the_session_here(client: FlaskClient, demo: Database) -> None:
    page = follow(client, sign_in(client)).get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="(\w+)"', page)
    assert token is not None
    passed_on = {"Origin": "null", "Sec-Fetch-Site": "same-site"}  # what browsers send after a 307 to us

    answer = client.post("/admin/customers/sign-out", data={"csrf_token": token[1]}, headers=passed_on)

    assert answer.status_code == 303
    assert sessions(demo)[0].ended_at is not None


@pytest.mark.parametrize(
    ("site", "token"), [("same-site", "0" * 64), ("same-site", ""), ("cross-site", "0" * 64), ("none", "")]
)
def test_a_stranger_cannot_sign_anybody_out(
    client: FlaskClient, demo: Database, site: str, token: str
) -> None:
    sign_in(client)
    headers = {"Origin": "null", "Sec-Fetch-Site": site}

    answer = client.post("/admin/customers/sign-out", data={"csrf_token": token}, headers=headers)

    assert answer.status_code == 403
    assert sessions(demo)[0].ended_at is None


@pytest.mark.parametrize(
    ("column", "age", "lives"),
    [
        ("seen_at", timedelta(minutes=14), True),
        ("seen_at", timedelta(minutes=16), False),
        ("started_at", timedelta(hours=7, minutes=59), True),
        ("started_at", timedelta(hours=8, minutes=1), False),
    ],
)
def test_a_session_ends_after_a_pause_and_after_a_working_day(
    client: FlaskClient, demo: Database, column: str, age: timedelta, lives: bool
) -> None:
    sign_in(client)
    with demo.begin() as session:
        session.execute(update(StaffSession).values({column: clock.real_now() - age}))

    answer = client.get("/admin/customers/sign-on?to=billing&next=/admin/billing")

    assert ("billing.test" in answer.location) is lives


def test_a_changed_account_is_signed_out_everywhere(client: FlaskClient, demo: Database) -> None:
    sign_in(client, login="support")

    with demo.begin() as session:
        profile = Profile(login="support", name="Sam", email="s@example.net", roles=("billing",))
        edit_staff(session, profile, staff_id=demo_id("stf", 2), version=1, scope=None)

    assert isinstance(told(demo)[-1], StaffSignedOut)
    assert client.get("/admin/customers/sign-on?to=billing&next=/").location.startswith(SIGN_IN)


def test_a_form_from_another_site_cannot_sign_in(client: FlaskClient) -> None:
    answer = client.post(SIGN_IN, data=ADMIN, headers={"Origin": "http://evil.example"})

    assert answer.status_code == 403


@pytest.mark.parametrize("extra", ["role", "id", "partner_ids"])
def test_a_form_with_more_fields_is_refused(client: FlaskClient, extra: str) -> None:
    assert sign_in(client, **{extra: "x"}).status_code == 422
