"""The page of one service: its plan, what happened to it and its bills, and the same by the API."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_changes import SERVICE
from shared.testing import answers_problem

PAGE = f"/portal/services/{SERVICE}"
API = f"/api/v1/services/{SERVICE}"
EUR = "EUR"
STORY: list[dict[str, Any]] = [
    {"on": "2026-10-01", "code": "ordered", "done": True, "name": "Fibre 100", "number": 10482},
    {"on": "2026-10-05", "code": "activated", "done": True, "name": "Fibre 100"},
    {
        "on": "2026-11-01",
        "code": "plan_changed",
        "done": True,
        "name": "Fibre 500",
        "amount": {"amount": "45.00", "currency": EUR},
        "before": {"amount": "30.00", "currency": EUR},
    },
    {"on": "2026-12-07", "code": "paused", "done": False, "name": "Fibre 500", "last_on": "2026-12-16"},
    {"on": "2026-12-20", "code": "ended", "done": False, "name": "Fibre 500"},
]


def test_a_service_tells_what_happened_and_what_is_booked(
    browser: Any, sign_on: Any, world: FakeWorld
) -> None:
    world.story = STORY
    sign_on()

    shown = browser.open(PAGE).text

    words = [
        "Order 10482",
        "Activated",
        "Changed to Fibre 500",
        "€45.00 instead of €30.00",
        "Will pause",
        "until the end of 16 December",
        "Will end",
    ]
    assert [word for word in words if word not in shown] == []
    assert [shown.index(word) for word in words] == sorted(shown.index(word) for word in words)


def test_a_service_says_what_its_plan_has_and_which_bills_name_it(
    browser: Any, sign_on: Any, world: FakeWorld
) -> None:
    number = world.bill(1)["number"]
    sign_on()
    with_all = browser.open(PAGE).text
    fibre = next(each for each in world.plans if each["name"] == "Fibre 500")
    assert all(text in with_all for text in (fibre["bullets"][0], number))

    world.plans.remove(fibre)
    world.bills.clear()
    world.story = []
    empty = browser.open(PAGE).text
    assert "This plan is not on offer now. You keep it as it is." in empty
    assert "Nothing happened yet." in empty
    assert "No bill has this service yet." in empty
    world.catalog.down = True
    assert "We cannot show this right now." in browser.open(PAGE).text


def test_the_api_tells_the_same(
    client: FlaskClient, sign_in: Callable[..., dict[str, str]], world: FakeWorld
) -> None:
    world.story = STORY
    headers = sign_in()

    told = client.get(f"{API}/timeline", headers=headers).json or {}
    assert [(each["on"], each["label"], each["done"]) for each in told["items"]][1:3] == [
        ("2026-10-05", "Activated", True),
        ("2026-11-01", "Changed to Fibre 500", True),
    ]
    found = client.get(API, headers=headers).json or {}
    assert (found["id"], found["pause"], found["renewal"]) == (SERVICE, None, None)
    bills = client.get("/api/v1/invoices", headers=headers, query_string={"service_id": SERVICE})
    assert bills.status_code == 200
    answers_problem(client.get("/api/v1/services/sub_other/timeline", headers=headers), 404, "not_found")


def test_a_contract_is_said_before_it_is_agreed_to_and_with_the_service(
    browser: Any, sign_on: Any, world: FakeWorld
) -> None:
    fibre = next(each for each in world.plans if each["name"] == "Fibre 500")
    fibre |= {
        "contract_months": 12,
        "auto_renewal": True,
        "early_end_fee": {"amount": "60.00", "currency": EUR},
        "cancellation_fee": {"amount": "10.00", "currency": EUR},
    }
    sign_on()
    words = [
        "Contract of 12 months, renews for as long unless you end it before.",
        "Ending it earlier costs €60.00 once.",
        "Ending it later costs €10.00 once.",
    ]

    product = browser.open(f"/portal/order/{fibre['id']}")
    browser.press(product, "/portal/basket/items", plan_id=fibre["id"])

    for page in (f"/portal/order/{fibre['id']}", "/portal/basket", "/portal/checkout", PAGE):
        shown = browser.open(page).text
        assert [word for word in words if word not in shown] == [], page
