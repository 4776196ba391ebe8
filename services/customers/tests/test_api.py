"""What the gateway asks, and what it gets."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from customers.clients import hashing
from customers.usecases.seed_demo import DEFAULT, NORTH, demo_id
from shared.testing import answers_problem, as_bearer

Token = Callable[..., str]
ROBERT = demo_id("cus", 1)


def check(client: FlaskClient, token: str, **body: object):
    return client.post("/api/v1/credential-checks", json=body, headers=as_bearer(token))


def test_login_and_password_say_who_it_is(client: FlaskClient, service_token: Token) -> None:
    answer = check(client, service_token("customers"), login="Postpaid", password="ledgerline-demo")

    assert answer.status_code == 200
    assert answer.get_json() == {
        "id": ROBERT,
        "number": "000001",
        "full_name": "Robert Myers",
        "login": "postpaid",
        "emails": ["robert.myers@example.net"],
        "status": "new",
        "category": "individual",
        "billing_type": "recurring",
        "partner_id": DEFAULT,
        "location_id": demo_id("loc", 1),
        "location": "Harbour",
        "label_ids": [demo_id("lab", 1)],
        "street": "12 Quay Street",
        "zip_code": "T12 AB34",
        "city": "Cork",
        "language": "en",
        "version": 1,
        "password_is_temporary": False,
    }


def test_an_address_only_one_customer_has_is_a_login_too(client: FlaskClient, service_token: Token) -> None:
    login = "Elena.Costa@Example.net"

    answer = check(client, service_token("customers"), login=login, password="ledgerline-demo")

    assert answer.get_json()["login"] == "prepaid"


@pytest.mark.parametrize("login", ["postpaid", "nobody"])
def test_a_wrong_password_and_an_unknown_login_are_told_alike(
    client: FlaskClient, service_token: Token, login: str
) -> None:
    answer = check(client, service_token("customers"), login=login, password="wrong")

    problem = answers_problem(answer, 401, "credentials_rejected")
    assert problem["title"] == "Login or password is not right"


def test_an_unknown_login_costs_a_hash_like_a_known_one(
    client: FlaskClient, service_token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bool] = []
    real = hashing.matches
    monkeypatch.setattr(hashing, "matches", lambda kept, given: checked.append(True) or real(kept, given))

    check(client, service_token("customers"), login="nobody", password="wrong")

    assert checked == [True]


def test_a_password_of_a_megabyte_is_refused_before_hashing(
    client: FlaskClient, service_token: Token
) -> None:
    answer = check(client, service_token("customers"), login="postpaid", password="x" * 900_000)

    answers_problem(answer, 422, "validation_failed")


@pytest.mark.parametrize("extra", ["partner_id", "status", "role", "id"])
def test_fields_nobody_asked_for_are_refused(client: FlaskClient, service_token: Token, extra: str) -> None:
    body = {"login": "postpaid", "password": "ledgerline-demo", extra: "x"}

    answer = check(client, service_token("customers"), **body)

    problem = answers_problem(answer, 422, "validation_failed")
    assert [error["pointer"] for error in problem["errors"]] == [f"#/{extra}"]


def test_a_subscriber_may_not_check_credentials(client: FlaskClient, service_token: Token) -> None:
    answer = check(client, service_token("customers", ROBERT), login="postpaid", password="ledgerline-demo")

    answers_problem(answer, 403, "not_allowed")


@pytest.mark.parametrize("audience", ["billing", "portal"])
def test_tokens_for_somebody_else_are_refused(
    client: FlaskClient, service_token: Token, audience: str
) -> None:
    answer = client.get(f"/api/v1/customers/{ROBERT}", headers=as_bearer(service_token(audience)))

    answers_problem(answer, 401, "authentication_required")


def test_a_subscriber_sees_themselves(client: FlaskClient, service_token: Token) -> None:
    own = as_bearer(service_token("customers", ROBERT, DEFAULT))

    answer = client.get(f"/api/v1/customers/{ROBERT}", headers=own)

    assert answer.get_json()["full_name"] == "Robert Myers"


def test_somebody_else_is_not_there_like_nobody(client: FlaskClient, service_token: Token) -> None:
    own = as_bearer(service_token("customers", ROBERT, DEFAULT))

    foreign = client.get(f"/api/v1/customers/{demo_id('cus', 2)}", headers=own)
    missing = client.get("/api/v1/customers/cus_missing", headers=own)

    assert answers_problem(foreign, 404, "not_found")["title"] == missing.get_json()["title"]


def test_the_gateway_sees_anybody(client: FlaskClient, service_token: Token) -> None:
    answer = client.get(
        f"/api/v1/customers/{demo_id('cus', 5)}", headers=as_bearer(service_token("customers"))
    )

    assert (answer.get_json()["number"], answer.get_json()["category"]) == ("000005", "business")


def test_a_subscriber_sees_only_their_own_brand(client: FlaskClient, service_token: Token) -> None:
    own = as_bearer(service_token("customers", ROBERT, DEFAULT))

    answer = client.get(f"/api/v1/partners/{DEFAULT}", headers=own)
    foreign = client.get(f"/api/v1/partners/{NORTH}", headers=own)

    assert answer.get_json() == {
        "id": DEFAULT,
        "name": "Default",
        "title": "Harbour Fibre",
        "hue": 258,
        "currency": "EUR",
        "timezone": "Europe/Dublin",
        "languages": ["en", "de"],
        "help_phone": "+353 21 555 0100",
        "help_email": "help@harbour-fibre.example",
        "default": True,
        "version": 1,
    }
    answers_problem(foreign, 404, "not_found")
