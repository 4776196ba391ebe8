"""The portal while a service is down, or its answer was lost: nothing happens twice or is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import FIBRE, ROUTER, VISA
from shared.errors import FieldError, Invalid
from shared.testing import answers_problem

HERE = "https://localhost"
SERVICE = "sub_00000000000000000000000001"
SERVICES = ["customers", "billing", "tickets", "catalog"]
ORDER = "/portal/orders/ord_00000000000000000000000001"

SignOn = Callable[..., Any]


def add(browser: Any, plan_id: str) -> Any:
    """
    Put a plan in the basket.
    """
    page = browser.open("/portal/order")
    token = page.forms[-1]["fields"]["csrf_token"]
    data = {"plan_id": plan_id, "csrf_token": token}
    return browser.read(
        browser.client.post(
            "/portal/basket/items", data=data, base_url=HERE, headers={"Origin": HERE}, follow_redirects=True
        )
    )


def fill(client: FlaskClient, headers: dict[str, str], plan_id: str = FIBRE) -> Any:
    """
    Put a plan in the basket by the API.
    """
    return client.post("/api/v1/basket/items", json={"plan_id": plan_id}, headers=headers)


def kept(page: Any, action: str) -> dict[str, str]:
    """
    Return what the form on *page* would send, but for its token.
    """
    return {name: value for name, value in page.form(action)["fields"].items() if name != "csrf_token"}


@pytest.fixture
def everything(browser: Any, sign_on: SignOn, world: FakeWorld) -> list[str]:
    """
    Robert, signed in, with something behind every page, and the addresses of all pages.
    """
    sign_on()
    bill, case = world.bill(1), {"subject": "Slow", "message": "Since Monday."}
    browser.press(browser.open("/portal/support/new"), "/portal/support/new", **case)
    add(browser, FIBRE)
    paid = browser.send(browser.open("/portal/checkout"), "/portal/checkout", mode="payment")
    add(browser, ROUTER)
    return [
        *("", "/services", f"/services/{SERVICE}", f"/services/{SERVICE}/change-plan", "/order", "/basket"),
        *(f"/order/{FIBRE}", "/checkout", "/orders", ORDER.removeprefix("/portal"), "/bills", "/bills/pay"),
        *(f"/bills/{bill['id']}", "/bills?tab=payments", "/bills?tab=statement", "/support", "/support/new"),
        *(f"/support/{next(iter(world.cases))}", "/settings"),
        paid.headers["Location"].removeprefix("/portal"),
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_every_page_stands_without_any_one_service(
    browser: Any, everything: list[str], world: FakeWorld, service: str
) -> None:
    whole = {path: browser.open(f"/portal{path}") for path in everything}
    getattr(world, service).down = True

    for path in everything:
        page = browser.open(f"/portal{path}")
        assert (path, page.status, page.html.count("<h1")) == (path, 200, 1)
        lacks = len(page.text) < len(whole[path].text) * 0.9
        assert not lacks or "Try again" in page.text, path


def test_an_order_whose_answer_was_lost_is_found_and_not_made_again(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    sign_on()
    add(browser, FIBRE)
    page = browser.open("/portal/checkout")
    world.answers_lost = 1

    answer = browser.send(page, "/portal/checkout", mode="payment")

    assert (answer.status_code, answer.headers["Location"]) == (303, ORDER)
    assert "Your basket is empty." in browser.open("/portal/basket").text
    again = browser.send(page, "/portal/checkout", mode="payment", payment="new_card")
    assert again.status_code == 303
    assert len(world.orders) == 1


def test_changing_a_basket_that_was_ordered_unnoticed_leads_to_the_order(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    sign_on()
    add(browser, ROUTER)
    basket, page = browser.open("/portal/basket"), browser.open("/portal/checkout")
    change = next(form["action"] for form in basket.forms if "quantity" in form["fields"])
    world.answers_lost, place = 1, world.billing.answer

    def dies(method: str, path: str, *asked: Any) -> Any:
        world.billing.down = path == "/orders"
        return place(method, path, *asked)

    world.billing.answer = dies
    assert browser.send(page, "/portal/checkout", mode="payment").status_code == 503
    world.billing.answer, world.billing.down = place, False

    changed = browser.press(basket, change, quantity="2")

    assert changed.status == 422
    assert "You have ordered this already" in changed.text
    assert "Your basket is empty." in changed.text
    assert len(world.orders) == 1


def test_the_api_tells_of_the_order_a_lost_answer_made(
    client: FlaskClient, sign_in: Any, world: FakeWorld
) -> None:
    headers = sign_in()
    fill(client, headers)
    body = {"payment": {"payment_method_id": VISA}}
    body["quote_id"] = client.post("/api/v1/quotes", json={"kind": "order"}, headers=headers).json["id"]
    world.answers_lost = 1

    lost = client.post("/api/v1/orders", json=body, headers={**headers, "Idempotency-Key": "k1"})
    answers_problem(lost, 503, "upstream_unavailable")

    told = client.post("/api/v1/quotes", json={"kind": "order"}, headers=headers)
    problem = answers_problem(told, 409, "quote_used")
    assert problem["params"]["order_id"] == ORDER.removeprefix("/portal/orders/")
    again = client.post("/api/v1/orders", json=body, headers={**headers, "Idempotency-Key": "k1"})
    assert (again.status_code, again.json["id"]) == (201, problem["params"]["order_id"])
    assert client.get("/api/v1/basket", headers=headers).json["count"] == 0
    assert len(world.orders) == 1


def test_an_order_that_cannot_be_sent_keeps_the_form(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    sign_on()
    add(browser, FIBRE)
    page = browser.open("/portal/checkout")
    world.billing.down = True

    refused = browser.press(page, "/portal/checkout", mode="payment")

    assert refused.status == 503
    assert "Nothing was charged twice. Try again." in refused.text
    assert "Pay €16.50 and order" in refused.text
    assert kept(refused, "/portal/checkout") == kept(page, "/portal/checkout")
    world.billing.down = False
    done = browser.press(refused, "/portal/checkout", mode="payment")
    assert done.headings == ["Payment received. Your services are active."]
    assert len(world.orders) == 1


def test_bills_that_cannot_be_paid_now_keep_the_form(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    bill = world.bill(1)
    sign_on()
    page = browser.open("/portal/bills/pay")
    world.billing.down = True

    refused = browser.press(page, "/portal/bills/pay")

    assert (refused.status, "Nothing was charged twice. Try again." in refused.text) == (503, True)
    assert kept(refused, "/portal/bills/pay") == kept(page, "/portal/bills/pay")
    world.billing.down = False
    assert browser.press(refused, "/portal/bills/pay").headings == ["Payment received."]
    assert [made["invoice_ids"] for made in world.bill_payments.values()] == [[bill["id"]]]


def test_a_refused_card_is_named_at_the_choice(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    sign_on()
    add(browser, FIBRE)
    wrong = FieldError("#/payment/payment_method_id", "expired", "Visa 4242 has expired.")
    world.order_refusal = Invalid(wrong)

    page = browser.press(browser.open("/portal/checkout"), "/portal/checkout", mode="payment")

    assert page.status == 422
    assert "#f-payment" in page.links
    assert 'id="f-payment-error"' in page.html
    assert page.text.count("Visa 4242 has expired.") == 2


def test_a_request_and_a_reply_whose_answers_were_lost_are_sent_once(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    sign_on()
    world.replies_lost = 1
    said = {"subject": "Slow evenings", "message": "Since Monday."}
    page = browser.press(browser.open("/portal/support/new"), "/portal/support/new", **said)
    assert page.status == 503

    thread = browser.press(page, "/portal/support/new", **said)
    assert thread.headings == ["Slow evenings"]
    (case,) = world.cases.values()
    reply = f"/portal/support/{case['id']}/messages"
    world.tickets.down = True
    back = browser.press(thread, reply, body="Still slow.")
    assert (back.status, "Still slow." in back.text) == (503, True)
    world.tickets.down, world.replies_lost = False, 1
    back = browser.press(back, reply, body="Still slow.")
    browser.press(back, reply, body="Still slow.")

    assert [message["body"] for message in case["messages"]] == ["Since Monday.", "Still slow."]


def test_another_text_after_a_lost_answer_asks_before_it_is_sent_too(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    sign_on()
    world.replies_lost = 1
    page = browser.open("/portal/support/new")
    page = browser.press(page, "/portal/support/new", subject="Slow", message="Since Monday.")

    page = browser.press(page, "/portal/support/new", subject="Slow", message="Since Sunday.")

    assert (page.status, len(world.cases)) == (409, 1)
    assert "We have what you sent first." in page.text
    browser.press(page, "/portal/support/new", subject="Slow", message="Since Sunday.")
    assert len(world.cases) == 2


def test_too_long_words_are_told_their_limit(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    sign_on()
    page = browser.open("/portal/support/new")

    page = browser.press(page, "/portal/support/new", subject="x" * 151, message="y" * 10_001)

    assert page.status == 422
    assert "Use at most 150 characters." in page.text
    assert "Use at most 10,000 characters." in page.text
    assert world.cases == {}
