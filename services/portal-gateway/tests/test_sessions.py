"""Signing in, staying in, and out again."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import PASSWORD, ROBERT
from portal_gateway.domain.session import ABSOLUTE, IDLE, ends_at, is_idle
from portal_gateway.models import PortalSession
from shared import clock
from shared.contracts.portal import SignedIn
from shared.db import Database
from shared.testing import answers_problem, told

COOKIE = "__Host-ledgerline-portal"


def test_signing_in_gives_a_token_and_is_told(client: FlaskClient, database: Database) -> None:
    answer = client.post("/api/v1/sessions", json={"login": "postpaid", "password": PASSWORD})

    assert answer.status_code == 201
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["expires_in"] == 900
    assert answer.json["customer"]["name"] == "Robert Myers"
    facts = [fact for fact in told(database) if isinstance(fact, SignedIn)]
    assert [fact.customer_id for fact in facts] == [ROBERT]


def test_wrong_password_and_unknown_login_look_alike(client: FlaskClient) -> None:
    wrong = client.post("/api/v1/sessions", json={"login": "postpaid", "password": "no"})
    unknown = client.post("/api/v1/sessions", json={"login": "nobody", "password": "no"})

    for answer in (wrong, unknown):
        problem = answers_problem(answer, 401, "credentials_rejected")
        assert problem["detail"] == "That login and password do not match."


def test_the_sixth_bad_try_has_to_wait_but_not_elsewhere(client: FlaskClient) -> None:
    for _ in range(5):
        client.post("/api/v1/sessions", json={"login": "postpaid", "password": "no"})

    sixth = client.post("/api/v1/sessions", json={"login": "postpaid", "password": PASSWORD})
    elsewhere = client.post(
        "/api/v1/sessions",
        json={"login": "postpaid", "password": PASSWORD},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )

    answers_problem(sixth, 429, "rate_limited")
    assert 0 < int(sixth.headers["Retry-After"]) <= 300
    assert sixth.headers["RateLimit-Policy"] == '"tries";q=5;w=300'
    assert sixth.headers["RateLimit"] == f'"tries";r=0;t={sixth.headers["Retry-After"]}'
    assert elsewhere.status_code == 201


def test_a_front_end_sees_how_many_tries_are_left(client: FlaskClient, sign_in) -> None:
    wrong = {"login": "postpaid", "password": "no"}
    tries = [client.post("/api/v1/sessions", json=wrong) for _ in range(3)]

    assert [each.headers["RateLimit"].split(";")[1] for each in tries] == ["r=4", "r=3", "r=2"]
    assert "RateLimit" not in client.get("/api/v1/portal-config").headers


def test_many_logins_from_one_address_have_to_wait(client: FlaskClient) -> None:
    for number in range(60):
        client.post("/api/v1/sessions", json={"login": f"guess{number}", "password": "no"})

    answer = client.post("/api/v1/sessions", json={"login": "postpaid", "password": PASSWORD})

    answers_problem(answer, 429, "rate_limited")


def test_right_words_are_never_counted(client: FlaskClient) -> None:
    answers = [
        client.post("/api/v1/sessions", json={"login": "postpaid", "password": PASSWORD}).status_code
        for _ in range(8)
    ]

    assert answers == [201] * 8


def test_a_huge_password_is_refused_before_anybody_hashes_it(client: FlaskClient, world: FakeWorld) -> None:
    answer = client.post("/api/v1/sessions", json={"login": "postpaid", "password": "x" * 1001})

    answers_problem(answer, 422, "validation_failed")
    assert world.customers.asked == []


def test_a_planted_cookie_is_not_taken_over(client: FlaskClient) -> None:
    client.set_cookie(COOKIE, "planted")

    answer = client.post(
        "/api/v1/sessions", json={"login": "postpaid", "password": PASSWORD, "kind": "cookie"}
    )

    cookie = answer.headers["Set-Cookie"]
    assert "planted" not in cookie
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_a_cookie_alone_changes_nothing(client: FlaskClient) -> None:
    body = {"login": "postpaid", "password": PASSWORD, "kind": "cookie"}
    signed = client.post("/api/v1/sessions", json=body, base_url="https://localhost")

    bare = client.delete("/api/v1/sessions/current", base_url="https://localhost")
    answers_problem(bare, 403, "csrf_failed")

    token = signed.json["csrf_token"]
    meant = client.delete(
        "/api/v1/sessions/current", base_url="https://localhost", headers={"X-CSRF-Token": token}
    )
    assert meant.status_code == 204


def test_after_signing_out_the_token_opens_nothing(client: FlaskClient, sign_in) -> None:
    headers = sign_in()

    assert client.delete("/api/v1/sessions/current", headers=headers).status_code == 204

    answers_problem(client.get("/api/v1/home", headers=headers), 401, "session_expired")


def test_without_a_session_nothing_opens(client: FlaskClient) -> None:
    answers_problem(client.get("/api/v1/home"), 401, "authentication_required")


def test_a_refresh_token_works_once_and_showing_it_twice_ends_the_session(client: FlaskClient) -> None:
    first = client.post("/api/v1/sessions", json={"login": "postpaid", "password": PASSWORD}).json
    old = {"refresh_token": first["refresh_token"]}

    second = client.post("/api/v1/sessions/refreshes", json=old)
    assert second.status_code == 201
    headers = {"Authorization": f"Bearer {second.json['access_token']}"}
    assert client.get("/api/v1/basket", headers=headers).status_code == 200
    stolen = {"Authorization": f"Bearer {first['access_token']}"}
    answers_problem(client.get("/api/v1/basket", headers=stolen), 401, "authentication_required")

    answers_problem(client.post("/api/v1/sessions/refreshes", json=old), 401, "session_expired")
    answers_problem(client.get("/api/v1/basket", headers=headers), 401, "session_expired")


@pytest.mark.parametrize("column", ["access_ends_at", "ends_at"])
def test_a_session_ends_when_its_time_is_over(client, sign_in, database: Database, column: str) -> None:
    headers = sign_in()
    with database.begin() as session:
        session.execute(update(PortalSession).values({column: clock.real_now()}))

    answers_problem(client.get("/api/v1/basket", headers=headers), 401, "session_expired")


def test_a_session_left_alone_for_half_an_hour_ends(client, sign_in, database: Database) -> None:
    headers = sign_in()
    with database.begin() as session:
        session.execute(update(PortalSession).values(last_seen_at=clock.real_now() - timedelta(minutes=31)))

    answers_problem(client.get("/api/v1/basket", headers=headers), 401, "session_expired")


def test_staying_signed_in_lasts_thirty_days_and_is_never_idle() -> None:
    start = clock.real_now()

    assert ends_at(start, stay_signed_in=True) - start == timedelta(days=30)
    assert ends_at(start, stay_signed_in=False) - start == ABSOLUTE
    assert not is_idle(start - IDLE * 3, start, stay_signed_in=True)


def test_the_sandbox_clock_does_not_end_sessions(client, sign_in, travel) -> None:
    headers = sign_in()

    travel(clock.real_now() + timedelta(days=400))

    assert client.get("/api/v1/basket", headers=headers).status_code == 200


def test_a_customer_sees_and_ends_other_devices_but_not_those_of_others(client, sign_in) -> None:
    phone, laptop, stranger = sign_in(), sign_in(), sign_in("requestonly")
    items = client.get("/api/v1/sessions", headers=laptop).json["items"]
    assert [item["current"] for item in items] == [True, False]

    foreign = client.delete(f"/api/v1/sessions/{items[1]['id']}", headers=stranger)
    answers_problem(foreign, 404, "not_found")
    assert client.delete(f"/api/v1/sessions/{items[1]['id']}", headers=laptop).status_code == 204

    answers_problem(client.get("/api/v1/basket", headers=phone), 401, "session_expired")
    assert client.get("/api/v1/basket", headers=laptop).status_code == 200
