"""The sandbox provider keeps its promises: one charge per reference, signed webhooks, honest pages."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from billing.clients.sandbox import charges
from billing.clients.sandbox.records import Card, Delivery
from billing.clients.sandbox.server import create_app
from billing.clients.webhook import sign
from shared import clock
from shared.db import Database

KEY = {"Authorization": "Bearer sk_test"}
BACK = "http://shop.test/back"
ASKED = {"reference": "pay_1", "customer": "cus_1", "amount": 1833, "currency": "EUR", "return_url": BACK}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/provider.sqlite")
    yield database
    database.close()


@pytest.fixture
def provider(db: Database) -> FlaskClient:
    return create_app(db, api_key="sk_test", public_url="http://bank.test").test_client()


def saved_card(db: Database, behaviour: str = "succeeds", last4: str = "4242") -> str:
    with db.begin() as session:
        card = Card(
            id=f"card_{last4}",
            customer_ref="cus_1",
            brand="Visa",
            last4=last4,
            exp_month=12,
            exp_year=2030,
            behaviour=behaviour,
            created_at=clock.real_now(),
        )
        session.add(card)
    return card.id


def charge(provider: FlaskClient, card: str, **changes: object):
    return provider.post("/v1/charges", json=ASKED | {"card": card} | changes, headers=KEY)


def told(db: Database) -> list[str]:
    with db.read() as session:
        return [json.loads(row.body)["type"] for row in session.scalars(select(Delivery))]


def test_without_the_key_nothing_is_answered(provider, db):
    assert provider.post("/v1/charges", json=ASKED).status_code == 401
    assert told(db) == []


@pytest.mark.parametrize(
    ("behaviour", "status", "failure"),
    [
        ("succeeds", "succeeded", None),
        ("declined", "failed", "card_declined"),
        ("needs_action", "action_required", None),
        ("pends", "pending", None),
    ],
)
def test_each_test_card_does_what_it_says(provider, db, behaviour, status, failure):
    answer = charge(provider, saved_card(db, behaviour))

    assert (answer.status_code, answer.json["status"], answer.json["failure_code"]) == (201, status, failure)
    assert told(db) == [f"payment.{status}"]


def test_asking_twice_under_one_reference_charges_once(provider, db):
    card = saved_card(db)

    first, second = charge(provider, card), charge(provider, card)

    assert first.json == second.json
    assert told(db) == ["payment.succeeded"]


def test_a_reference_stands_for_one_amount(provider, db):
    card = saved_card(db)
    charge(provider, card)

    answer = charge(provider, card, amount=1)

    assert (answer.status_code, answer.json["code"]) == (409, "reference_taken")


def test_a_card_of_another_customer_is_not_there(provider, db):
    assert charge(provider, saved_card(db), customer="cus_2").status_code == 404


def test_an_unknown_reference_is_not_found(provider):
    assert provider.get("/v1/charges/pay_9", headers=KEY).status_code == 404


def test_the_card_holder_confirms_and_comes_back(provider, db):
    charge_id = charge(provider, saved_card(db, "needs_action", "3220")).json["id"]

    page = provider.get(f"/confirm/{charge_id}")
    answer = provider.post(f"/confirm/{charge_id}", data={"answer": "yes"})

    assert "18.33" in page.text
    assert (answer.status_code, answer.location) == (303, f"{BACK}?status=succeeded")
    assert told(db) == ["payment.action_required", "payment.succeeded"]


def test_refusing_3d_secure_takes_no_money(provider, db):
    charge_id = charge(provider, saved_card(db, "needs_action", "3220")).json["id"]

    provider.post(f"/confirm/{charge_id}", data={"answer": "no"})

    found = provider.get("/v1/charges/pay_1", headers=KEY).json
    assert (found["status"], found["failure_code"]) == ("failed", "authentication_failed")


def test_the_hosted_page_takes_a_card_and_saves_it(provider, db):
    page = provider.post("/v1/checkouts", json=ASKED, headers=KEY).json
    path = page["url"].removeprefix("http://bank.test")
    typed = {"number": "4242 4242-4242 4242", "expiry": "12/30", "cvc": "123", "save": "1"}

    answer = provider.post(path, data=typed)

    assert answer.location == f"{BACK}?status=succeeded"
    (card,) = provider.get("/v1/cards?customer=cus_1", headers=KEY).json["items"]
    assert (card["brand"], card["last4"], card["exp_year"]) == ("Visa", "4242", 2030)


def test_a_wrong_card_is_named_and_never_written_back(provider, db):
    path = (
        provider.post("/v1/checkouts", json=ASKED, headers=KEY).json["url"].removeprefix("http://bank.test")
    )

    answer = provider.post(path, data={"number": "1234 5678 9012 3456", "expiry": "13/30", "cvc": "x"})

    assert answer.status_code == 422
    assert "Enter the card number, 16 digits" in answer.text
    assert "1234 5678" not in answer.text
    assert told(db) == []


def test_no_card_number_is_stored(provider, db, tmp_path):
    path = (
        provider.post("/v1/checkouts", json=ASKED, headers=KEY).json["url"].removeprefix("http://bank.test")
    )
    provider.post(path, data={"number": "4242424242424242", "expiry": "12/30", "cvc": "987", "save": "1"})

    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())

    assert b"4242424242424242" not in stored


def test_money_goes_back_once_per_key_and_never_more_than_came(provider, db):
    charge(provider, saved_card(db))
    wanted = {"reference": "pay_1", "amount": 1000, "key": "r1"}

    first = provider.post("/v1/refunds", json=wanted, headers=KEY)
    again = provider.post("/v1/refunds", json=wanted, headers=KEY)
    too_much = provider.post("/v1/refunds", json=wanted | {"key": "r2"}, headers=KEY)

    assert first.json == again.json
    assert too_much.status_code == 422
    assert provider.get("/v1/charges/pay_1", headers=KEY).json["refunded"] == 1000


def test_a_forced_result_holds_for_one_charge(provider, db):
    card = saved_card(db)
    provider.put("/v1/knobs", json={"next_result": "failed"}, headers=KEY)

    first, second = charge(provider, card), charge(provider, card, reference="pay_2")

    assert (first.json["status"], second.json["status"]) == ("failed", "succeeded")


def test_webhooks_can_be_doubled(provider, db):
    provider.put("/v1/knobs", json={"duplicate_webhooks": 4}, headers=KEY)

    charge(provider, saved_card(db))

    assert told(db) == ["payment.succeeded"] * 5


def test_an_unknown_knob_is_named(provider):
    answer = provider.put("/v1/knobs", json={"volume": 11}, headers=KEY)

    assert answer.json["errors"][0]["pointer"] == "#/volume"


def test_a_pending_charge_succeeds_when_its_time_has_come(provider, db):
    provider.put("/v1/knobs", json={"pending_seconds": 0}, headers=KEY)
    charge(provider, saved_card(db, "pends", "9995"))

    with db.begin() as session:
        settled = charges.settle_pending(session)

    assert settled == 1
    assert provider.get("/v1/charges/pay_1", headers=KEY).json["status"] == "succeeded"


def test_the_signature_covers_time_and_body():
    header = sign(b'{"a":1}', secret="whsec", at=1700000000)

    expected = hmac.new(b"whsec", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert header == f"t=1700000000,v1={expected}"
