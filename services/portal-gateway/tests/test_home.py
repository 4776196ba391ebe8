"""Home: composed of four services, any of which may be missing."""

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import DEFAULT, ROBERT, euro
from portal_gateway.handlers import handlers
from shared.contracts.customers import CustomerChanged
from shared.db import Database
from shared.testing import hear

SECTIONS = {"account", "amount_due", "services", "next_invoice", "orders", "tickets"}


def robert(**changed: object) -> CustomerChanged:
    """
    Return what customers tells about Robert.
    """
    facts: dict[str, object] = {
        "customer_id": ROBERT,
        "partner_id": DEFAULT,
        "version": 1,
        "number": 1,
        "login": "postpaid",
        "full_name": "Robert Myers",
        "status": "active",
        "category": "individual",
        "billing_type": "recurring",
        "location_id": None,
        "label_ids": (),
        "emails": (),
        "billing_emails": (),
        "phones": (),
        "street": "",
        "zip_code": "",
        "city": "",
        "language": "en",
    }
    return CustomerChanged(**{**facts, **changed})  # type: ignore[arg-type]


def test_home_has_everything_at_once(client: FlaskClient, sign_in) -> None:
    home = client.get("/api/v1/home", headers=sign_in()).json

    assert {name for name in SECTIONS if home[name]["state"] == "ok"} == SECTIONS
    assert home["account"]["name"] == "Robert Myers"
    assert home["services"]["monthly_total"] == euro("45.00")
    assert home["services"]["items"][0]["plan"]["name"] == "Fibre 500"
    assert home["wallet"] is None
    assert home["capabilities"] == ["order"]


@pytest.mark.parametrize(
    ("service", "missing"),
    [
        ("tickets", {"tickets"}),
        ("billing", {"amount_due", "services", "next_invoice", "orders"}),
        ("customers", {"account"}),
        ("catalog", set()),
    ],
)
def test_a_service_that_is_down_takes_only_its_own_sections(
    client: FlaskClient, sign_in, world: FakeWorld, service: str, missing: set[str]
) -> None:
    headers = sign_in()
    getattr(world, service).down = True

    answer = client.get("/api/v1/home", headers=headers)

    assert answer.status_code == 200
    assert {name for name in SECTIONS if answer.json[name]["state"] == "unavailable"} == missing


def test_a_known_customer_is_greeted_though_customers_is_down(
    client: FlaskClient, sign_in, world: FakeWorld, database: Database
) -> None:
    hear(database, handlers, robert(full_name="Robert R. Myers", version=2))
    headers = sign_in()
    world.customers.down = True

    account = client.get("/api/v1/home", headers=headers).json["account"]

    assert (account["state"], account["name"]) == ("stale", "Robert R. Myers")
    assert account["as_of"]


def test_a_prepaid_customer_has_a_wallet(client: FlaskClient, sign_in, world: FakeWorld) -> None:
    world.people[ROBERT]["billing_type"] = "prepaid"
    world.wallet = {"balance": euro("0.00"), "services": []}

    assert client.get("/api/v1/home", headers=sign_in()).json["wallet"]["balance"] == euro("0.00")
