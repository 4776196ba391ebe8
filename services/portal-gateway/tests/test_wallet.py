"""The prepaid customer's portal: wallet, renewal, data (P3, P5)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import ROBERT, euro

SERVICE = "sub_00000000000000000000000001"


@pytest.fixture
def wallet(world: FakeWorld) -> dict[str, Any]:
    """
    Robert pays from a wallet of 25.00 that lasts until 18 January, for 5 GB of which 0.8 are used.
    """
    world.people[ROBERT]["billing_type"] = "prepaid"
    world.meters = [
        {
            "subscription_id": SERVICE,
            "total_mb": 6200,
            "left_mb": 5400,
            "used_mb": 800,
            "lots": [
                {"kind": "rollover", "amount_mb": 1200, "left_mb": 400, "expires_on": "2026-12-05"},
                {"kind": "included", "amount_mb": 5000, "left_mb": 5000, "expires_on": "2026-12-19"},
            ],
        }
    ]
    renewal = {"amount": euro("10.00"), "every": "P30D", "renews_on": "2026-12-20", "paused": False}
    world.wallet = {
        "balance": euro("25.00"),
        "days_left": 60,
        "lasts_until_on": "2027-01-18",
        "more": False,
        "next_payment": {"on": "2026-12-20", "amount": euro("10.00")},
        "needed": None,
        "services": [{"subscription_id": SERVICE, **renewal}],
    }
    return world.wallet


@pytest.fixture
def portal(client: FlaskClient, sign_on: Any) -> FlaskClient:
    """
    Robert, signed in.
    """
    sign_on()
    return client


def words(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(answer.get_data(as_text=True).replace("&nbsp;", " ").replace("\xa0", " ").split())


def test_home_says_how_long_the_wallet_lasts(portal: FlaskClient, wallet: dict[str, Any]) -> None:
    page = words(portal.get("/portal"))

    assert "Wallet" in page
    assert "€25.00" in page
    assert "60 days left" in page
    assert "enough until the end of 18 January" in page
    assert "Next: €10.00 on 20 December" in page
    assert "every 30 days, 5.4 GB of 6.2 GB left" in page
    assert "Amount due" not in page
    assert "Your balance is low" not in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"needed": euro("5.00"), "days_left": None}, "Top up €5.00 or more to switch it back on."),
        ({"days_left": 2, "lasts_until_on": "2026-11-21"}, "It lasts until the end of 21 November"),
        ({"more": True, "days_left": 366}, "Enough for more than a year."),
        ({"days_left": 1, "lasts_until_on": "2026-11-20"}, "1 day left"),
    ],
)
def test_home_says_what_to_do(
    portal: FlaskClient, wallet: dict[str, Any], changed: dict[str, Any], said: str
) -> None:
    wallet.update(changed)
    assert said in words(portal.get("/portal"))


def test_a_service_shows_its_renewal_and_what_data_is_left(
    portal: FlaskClient, wallet: dict[str, Any]
) -> None:
    page = words(portal.get(f"/portal/services/{SERVICE}"))

    assert "€10.00 on 20 December 2026, from your wallet" in page or "€10.00 on 20 December" in page
    assert "5.4 GB of 6.2 GB left" in page
    assert "Rolled over: 400 MB of 1.2 GB left" in page
    assert "use by 5 December" in page


def test_the_api_tells_the_same(client: FlaskClient, sign_in: Any, wallet: dict[str, Any]) -> None:
    headers = sign_in()
    home = client.get("/api/v1/home", headers=headers).get_json()
    usage = client.get(f"/api/v1/services/{SERVICE}/usage", headers=headers).get_json()
    shown = client.get("/api/v1/wallet", headers=headers).get_json()

    assert (home["wallet"]["state"], home["wallet"]["days_left"]) == ("ok", 60)
    assert home["services"]["items"][0]["renewal"]["renews_on"] == "2026-12-20"
    assert home["services"]["items"][0]["data"]["left_mb"] == 5400
    assert home["services"]["monthly_total"] is None  # 30 days are no month
    assert (usage["left_mb"], usage["history"]) == (5400, [])
    assert (shown["balance"], shown["lasts_until_on"]) == (euro("25.00"), "2027-01-18")


def test_who_pays_bills_has_no_wallet(client: FlaskClient, sign_in: Any) -> None:
    headers = sign_in()
    assert client.get("/api/v1/wallet", headers=headers).status_code == 404
    assert client.get("/api/v1/home", headers=headers).get_json()["wallet"] is None


@pytest.mark.parametrize(("billing_type", "state"), [("prepaid", "unavailable"), ("recurring", None)])
def test_a_wallet_that_cannot_be_asked_for_is_missed_by_those_who_have_one(
    client: FlaskClient, sign_in: Any, world: FakeWorld, billing_type: str, state: str | None
) -> None:
    world.people[ROBERT]["billing_type"] = billing_type
    headers = sign_in()
    world.billing.down = True
    wallet = client.get("/api/v1/home", headers=headers).get_json()["wallet"]
    assert (wallet and wallet["state"]) == state
