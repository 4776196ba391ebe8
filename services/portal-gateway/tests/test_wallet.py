"""The prepaid customer's portal: wallet, renewal, data (P3, P5)."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import ROBERT, VISA, euro
from shared.testing import answers_problem

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
        "owed": euro("0.00"),
        "top_up": {
            "min": euro("5.00"),
            "max": euro("200.00"),
            "suggested": [euro("10.00"), euro("20.00"), euro("40.00")],
            "under_way": None,
        },
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


@pytest.fixture
def robert(browser: Any, sign_on: Any) -> Any:
    """
    Robert's browser.
    """
    sign_on()
    return browser


def test_home_and_the_menu_lead_to_the_wallet_and_to_a_sum(wallet: dict[str, Any], robert: Any) -> None:
    wallet.update(needed=euro("5.00"), days_left=None)
    wallet["top_up"]["suggested"] = [euro("5.00"), euro("10.00")]

    home = robert.open("/portal")

    assert {"/portal/wallet", "/portal/wallet/top-up", "/portal/wallet/top-up?amount=10.00"} <= set(
        home.links
    )
    page = robert.open("/portal/wallet")
    assert "Fibre 500" in page.text
    assert "Your service is paused" in page.text
    assert "Bill 7" in page.text
    assert "/portal/bills" in page.links


def test_a_sum_says_what_it_does_and_is_paid_with_one_press(
    wallet: dict[str, Any], robert: Any, world: FakeWorld
) -> None:
    page = robert.open("/portal/wallet/top-up?amount=20.00")
    assert "€20.00 keeps you online until the end of 14 December" in page.text
    form = page.form("/portal/wallet/top-ups")["fields"]
    assert (form["amount"], form["payment"]) == ("20.00", VISA)

    paid = robert.press(page, "/portal/wallet/top-ups")
    again = robert.press(page, "/portal/wallet/top-ups")

    assert "Your balance is topped up." in paid.text
    assert "We received €20.00 with Visa ending 4242. Your balance is €25.00 now." in paid.text
    assert again.text == paid.text
    assert len(world.bill_payments) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"resumes": 1}, "It switches your paused service back on."),
        ({"resumes": 2}, "It switches your 2 paused services back on."),
        ({"pays_owed": euro("6.00")}, "€6.00 of it pays what is open on your bills."),
        ({"more": True}, "€20.00 keeps you online for more than a year."),
        ({"lasts_until_on": None, "days_left": None}, "Your balance will be €45.00."),
    ],
)
def test_a_sum_says_all_it_does(
    wallet: dict[str, Any], robert: Any, world: FakeWorld, changed: dict[str, Any], said: str
) -> None:
    world.preview |= changed
    assert said in robert.open("/portal/wallet/top-up?amount=20,00").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Enter an amount such as 10.00"),
        ("twenty", "Enter an amount such as 10.00"),
        ("20.001", "Enter an amount such as 10.00"),
        ("-20", "Enter between €5.00 and €200.00"),
        ("4.99", "Enter between €5.00 and €200.00"),
        ("200.01", "Enter between €5.00 and €200.00"),
    ],
)
def test_a_sum_that_cannot_be_is_said_beside_its_field(
    wallet: dict[str, Any], robert: Any, world: FakeWorld, typed: str, said: str
) -> None:
    page = robert.open(f"/portal/wallet/top-up?amount={typed}")
    assert page.status == 422
    assert said in page.text
    assert [form["action"] for form in page.forms if form["action"] == "/portal/wallet/top-ups"] == []

    good = robert.open("/portal/wallet/top-up?amount=20.00")
    assert said in robert.press(good, "/portal/wallet/top-ups", amount=typed).text
    assert world.bill_payments == {}


def test_a_declined_top_up_is_tried_again_from_its_page(
    wallet: dict[str, Any], robert: Any, world: FakeWorld
) -> None:
    world.paid_as = "failed"
    failed = robert.press(robert.open("/portal/wallet/top-up?amount=20.00"), "/portal/wallet/top-ups")
    assert "Your card was declined" in failed.text
    assert "You have not been charged." in failed.text
    assert "Your basket is kept." not in failed.text

    world.paid_as = "succeeded"
    retry = next(form["action"] for form in failed.forms if form["action"].endswith("/retries"))
    assert "Your balance is topped up." in robert.press(failed, retry, payment=VISA).text
    assert [each["amount"] for each in world.bill_payments.values()] == [euro("20.00")] * 2


def test_a_top_up_under_way_is_shown_instead_of_another(
    wallet: dict[str, Any], robert: Any, world: FakeWorld
) -> None:
    world.paid_as = "pending"
    page = robert.open("/portal/wallet/top-up?amount=20.00")
    robert.press(page, "/portal/wallet/top-ups")
    running = next(iter(world.bill_payments))
    wallet["top_up"]["under_way"] = running

    second = robert.open("/portal/wallet/top-up?amount=40.00")
    assert f"/portal/payments/{running}" in second.links
    assert "We are waiting for your bank." in robert.press(second, "/portal/wallet/top-ups").text
    assert list(world.bill_payments) == [running]


def test_who_pays_bills_is_led_to_them(robert: Any) -> None:
    for path in ("/portal/wallet", "/portal/wallet/top-up"):
        assert robert.open(path).headings == ["Bills"]


def test_the_api_tops_up_once_and_tries_again(
    client: FlaskClient, sign_in: Any, wallet: dict[str, Any], world: FakeWorld
) -> None:
    headers = sign_in()
    world.paid_as = "failed"

    def send(path: str, body: dict[str, Any], key: str) -> Any:
        return client.post(f"/api/v1{path}", json=body, headers={**headers, "Idempotency-Key": key})

    body = {"amount": euro("20.00"), "payment": {"payment_method_id": VISA}}
    first, second = send("/top-ups", body, "k"), send("/top-ups", body, "k")
    assert (first.status_code, second.headers["Idempotency-Replayed"]) == (201, "true")
    assert (first.json["label"], first.json["purpose"]) == ("Failed", "balance")

    world.paid_as = "pending"
    again = send("/payments", {"retry_of": first.json["id"], "payment": {"source": "new_card"}}, "again")
    assert (again.status_code, again.json["amount"]) == (202, euro("20.00"))
    wallet["top_up"]["under_way"] = again.json["id"]
    problem = answers_problem(send("/top-ups", body, "k2"), 409, "top_up_not_possible")
    assert problem["params"] == {"payment_id": again.json["id"]}
    assert len(world.bill_payments) == 2

    neither = send("/top-ups", {"payment": {"payment_method_id": VISA}}, "k3")
    assert answers_problem(neither, 422, "validation_failed")["errors"][0]["pointer"] == "#/amount"
    unkeyed = client.post("/api/v1/top-ups", json=body, headers=headers)
    assert answers_problem(unkeyed, 400, "idempotency_key_required")
    shown = client.get("/api/v1/wallet/top-up-preview?amount=20.00", headers=headers).json
    assert (shown["amount"], shown["lasts_until_on"]) == (euro("20.00"), "2026-12-14")


def test_a_service_that_does_not_answer_keeps_the_sum_and_its_key(
    wallet: dict[str, Any], robert: Any, world: FakeWorld
) -> None:
    page = robert.open("/portal/wallet/top-up?amount=20.00")
    key = page.form("/portal/wallet/top-ups")["fields"]["key"]
    world.billing.down = True
    lost = robert.press(page, "/portal/wallet/top-ups")
    assert (lost.status, "Nothing was charged twice. Try again." in lost.text) == (503, True)
    world.billing.down = False

    assert "Your balance is topped up." in robert.press(lost, "/portal/wallet/top-ups").text
    assert list(world.keys.values()) == list(world.bill_payments)
    assert lost.form("/portal/wallet/top-ups")["fields"]["key"] == key
