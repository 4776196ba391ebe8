"""The portal's pages, walked as a browser without JavaScript would: follow links, fill in forms."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import FIBRE, PASSWORD, ROUTER, VISA, euro
from portal_gateway.models import PortalSettings
from portal_gateway.usecases import list_products
from portal_gateway.usecases.seed_demo import DEFAULT
from shared.db import Database

HERE = "https://localhost"

SignOn = Callable[..., Any]


def add(browser: Any, plan_id: str) -> Any:
    """
    Press Add on the card of a plan.
    """
    page = browser.open("/portal/order")
    form = next(form for form in page.forms if form["fields"].get("plan_id") == plan_id)
    data = form["fields"]
    headers = {"Origin": HERE}
    answer = browser.client.post(
        "/portal/basket/items", data=data, base_url=HERE, headers=headers, follow_redirects=True
    )
    return browser.read(answer)


def item_form(page: Any) -> str:
    """
    Return where the form of the basket's line posts to.
    """
    actions = [form["action"] for form in page.forms]
    return str(next(each for each in actions if re.fullmatch(r"/portal/basket/items/bit_\w+", each)))


def test_strangers_are_led_to_the_sign_in_and_back(browser: Any) -> None:
    page = browser.open("/portal/orders")
    assert page.headings == ["Sign in"]

    page = browser.press(page, "/portal/login", login="postpaid", password=PASSWORD)

    assert page.headings == ["Orders"]


def test_nobody_is_led_to_another_site(browser: Any) -> None:
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "/portal\\@evil"):
        page = browser.open("/portal/login")
        answer = browser.send(page, "/portal/login", login="postpaid", password=PASSWORD, next=elsewhere)

        assert answer.headers["Location"] == "/portal"
        browser.client.delete_cookie("__Host-ledgerline-portal", domain="localhost")


def test_a_failed_sign_in_says_so_and_keeps_the_login(browser: Any) -> None:
    page = browser.open("/portal/login")

    page = browser.press(page, "/portal/login", login="postpaid", password="wrong")

    assert page.status == 401
    assert "That login and password do not match." in page.text
    assert page.html.startswith("<!doctype html>")
    assert "<title>Error:" in page.html
    assert page.form("/portal/login")["fields"]["login"] == "postpaid"


def test_home_shows_what_one_has(sign_on: SignOn) -> None:
    page = sign_on()

    assert page.headings == ["Hello, Robert"]
    assert "Fibre 500" in page.text
    assert "Nothing to pay." in page.text
    assert "/portal/order" in page.links


def test_an_order_is_paid_and_successful(browser: Any, sign_on: SignOn) -> None:
    sign_on()
    page = add(browser, FIBRE)
    assert "Fibre 500 added, 1 item, €45.00" in page.text
    assert "In basket" in page.text
    page = browser.open("/portal/checkout")
    assert "Pay €16.50 and order" in page.text
    assert "Then €45.00 a month from 1 December." in page.text
    assert page.form("/portal/checkout")["fields"]["payment"] == VISA

    page = browser.press(page, "/portal/checkout", mode="payment")

    assert page.headings == ["Payment received. Your services are active."]
    assert "Successful" in page.text
    assert browser.open("/portal/basket").text.count("Your basket is empty.") == 1


def test_pressing_twice_orders_once(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    sign_on()
    add(browser, FIBRE)
    page = browser.open("/portal/checkout")

    first = browser.send(page, "/portal/checkout", mode="payment")
    second = browser.send(page, "/portal/checkout", mode="payment")

    assert first.headers["Location"] == second.headers["Location"]
    assert len(world.orders) == 1


def test_a_second_tab_with_another_card_finds_the_order_that_was_sent(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    sign_on()
    add(browser, FIBRE)
    one, two = browser.open("/portal/checkout"), browser.open("/portal/checkout")
    sent = browser.send(one, "/portal/checkout", mode="payment")

    answer = browser.send(two, "/portal/checkout", mode="payment", payment="new_card")

    assert answer.headers["Location"] == sent.headers["Location"]
    assert len(world.orders) == 1


def test_a_tab_that_shows_an_older_basket_orders_nothing_and_shows_the_new_one(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    sign_on()
    add(browser, FIBRE)
    older = browser.open("/portal/checkout")
    add(browser, ROUTER)

    answer = browser.send(older, "/portal/checkout", mode="payment")

    assert answer.status_code == 409
    assert "Your basket has changed" in answer.text or "It was changed after this price" in answer.text
    assert len(world.orders) == 0
    page = browser.press(browser.open("/portal/checkout"), "/portal/checkout", mode="payment")
    assert page.headings == ["Payment received. Your services are active."]


@pytest.mark.parametrize(
    ("outcome", "heading", "tag"),
    [
        ("failed", "Your card was declined", "Failed"),
        ("paying", "We are waiting for your bank.", "Pending"),
    ],
)
def test_a_payment_that_did_not_succeed_says_which(
    browser: Any, sign_on: SignOn, world: FakeWorld, outcome: str, heading: str, tag: str
) -> None:
    sign_on()
    world.outcome = outcome
    add(browser, FIBRE)

    page = browser.press(browser.open("/portal/checkout"), "/portal/checkout", mode="payment")

    assert page.headings == [heading]
    assert tag in page.text
    assert ("You have not been charged." in page.text) is (outcome == "failed")
    assert ('http-equiv="refresh"' in page.html) is (outcome == "paying")


def test_one_press_tries_a_failed_payment_again(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    sign_on()
    world.outcome = "failed"
    add(browser, FIBRE)
    page = browser.press(browser.open("/portal/checkout"), "/portal/checkout", mode="payment")
    retry = next(form["action"] for form in page.forms if form["action"].endswith("/retries"))

    page = browser.press(page, retry, payment=VISA)

    assert page.headings == ["Payment received. Your services are active."]
    assert "Your basket is empty." in browser.open("/portal/basket").text


def test_a_page_that_came_to_rest_loads_itself_anew(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    sign_on()
    world.outcome = "paying"
    add(browser, FIBRE)
    url = browser.send(browser.open("/portal/checkout"), "/portal/checkout", mode="payment").headers[
        "Location"
    ]
    live = {"HX-Request": "true"}
    moving = browser.client.get(url, base_url=HERE, headers=live)
    assert b"data-live" in moving.data
    assert b"<html" not in moving.data

    world.finish(paid=True)

    at_rest = browser.client.get(url, base_url=HERE, headers=live)
    assert at_rest.status_code == 303
    assert browser.client.get(at_rest.headers["Location"], base_url=HERE, headers=live).status_code == 200


def test_typing_success_into_the_address_changes_nothing(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    sign_on()
    world.outcome = "failed"
    add(browser, FIBRE)
    sent = browser.send(browser.open("/portal/checkout"), "/portal/checkout", mode="payment")

    page = browser.open(f"{sent.headers['Location']}?status=success")

    assert page.headings == ["Your card was declined"]


def test_a_request_shows_its_number_and_ticket(browser: Any, sign_on: SignOn) -> None:
    sign_on("requestonly")
    add(browser, FIBRE)
    page = browser.open("/portal/checkout")
    assert "Pay €" not in page.text

    page = browser.press(page, "/portal/checkout", mode="request")

    assert page.headings == ["Order 10481"]
    assert "Order #10481 received. We will confirm it and tell you the start date." in page.text
    assert "Your ticket is number 31." in page.text
    assert "We will mail you." not in page.text


def test_the_basket_can_be_changed_and_emptied(browser: Any, sign_on: SignOn) -> None:
    sign_on()
    add(browser, ROUTER)
    page = browser.open("/portal/basket")
    change = next(
        form["action"] for form in page.forms if re.fullmatch(r"/portal/basket/items/bit_\w+", form["action"])
    )

    page = browser.press(page, change, quantity="3")
    assert "3 items" in page.text
    page = browser.press(page, f"{change}/removals")

    assert "Your basket is empty." in page.text
    assert "/portal/order" in page.links
    page = browser.press(page, f"/portal/basket/restorations/{ROUTER}/3")
    assert "3 items" in page.text


@pytest.mark.parametrize("quantity", ["0", "-1", "1e3", "1000000000", "6", ""])
def test_a_bad_quantity_comes_back_as_a_problem(browser: Any, sign_on: SignOn, quantity: str) -> None:
    sign_on()
    add(browser, ROUTER)
    page = browser.open("/portal/basket")
    change = next(
        form["action"] for form in page.forms if re.fullmatch(r"/portal/basket/items/bit_\w+", form["action"])
    )

    page = browser.press(page, change, quantity=quantity)

    assert page.status == 422
    assert "There is a problem" in page.text
    assert "Choose 1 to 5." in page.text


def test_a_price_that_moved_is_shown_and_accepted(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    sign_on()
    add(browser, FIBRE)
    world.plans[0] |= {"price": euro("47.00"), "version": 2}
    list_products._remembered.clear()
    page = browser.open("/portal/basket")
    assert "Fibre 500 went from €45.00 to €47.00 since you added it." in page.text
    accept = next(
        form["action"] for form in page.forms if re.fullmatch(r"/portal/basket/items/bit_\w+", form["action"])
    )

    page = browser.press(page, accept)

    assert "Review and pay" in page.text


def test_where_ordering_is_off_no_button_is_there(browser: Any, sign_on: SignOn, database: Database) -> None:
    with database.begin() as session:
        session.get_one(PortalSettings, DEFAULT).ordering_enabled = False

    for page in (sign_on(), browser.open("/portal/services")):
        assert not [link for link in page.links if link and link.startswith("/portal/order?")]
        assert "/portal/order" not in page.links
        assert "Order new products" not in page.text
    assert browser.open("/portal/order").status == 403
    assert browser.open("/portal/checkout").status == 403


def test_a_case_is_opened_answered_and_closed(browser: Any, sign_on: SignOn) -> None:
    sign_on()
    page = browser.open("/portal/support/new")
    empty = browser.press(page, "/portal/support/new")
    assert (empty.status, "Enter your message." in empty.text) == (422, True)

    page = browser.press(page, "/portal/support/new", subject="Slow evenings", message="Since Monday.")
    assert page.headings == ["Slow evenings"]
    thread = next(form["action"] for form in page.forms if form["action"].endswith("/messages"))
    page = browser.press(page, thread, body="Still slow.")
    assert "Still slow." in page.text
    page = browser.press(page, thread.replace("messages", "closures"))

    assert "Solved" in page.text


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    "path",
    [
        *(
            "",
            "/services",
            "/services/sub_00000000000000000000000001",
            "/order",
            f"/order/{FIBRE}",
            "/basket",
        ),
        *("/orders", "/bills", "/support", "/support/new", "/settings"),
    ],
)
def test_every_page_has_one_heading_and_says_who_it_is_for(
    browser: Any, sign_on: SignOn, path: str, language: str
) -> None:
    sign_on()

    page = browser.open(f"/portal{path}", **{"Accept-Language": language})

    assert page.status == 200
    assert page.html.count("<h1") == 1
    assert f'<html lang="{language}"' in page.html


def test_a_form_from_elsewhere_is_refused(browser: Any, sign_on: SignOn, world: FakeWorld) -> None:
    sign_on()
    add(browser, FIBRE)
    page = browser.open("/portal/checkout")
    data = page.form("/portal/checkout")["fields"]

    bare = browser.client.post("/portal/checkout", data={**data, "csrf_token": ""}, base_url=HERE)
    foreign = browser.client.post(
        "/portal/checkout", data=data, base_url=HERE, headers={"Origin": "https://evil.example"}
    )

    assert (bare.status_code, foreign.status_code) == (403, 403)
    assert world.orders == {}


def test_what_others_have_does_not_exist(app: Flask, browser: Any, sign_on: SignOn) -> None:
    sign_on()
    add(browser, FIBRE)
    sent = browser.send(browser.open("/portal/checkout"), "/portal/checkout", mode="payment")
    stranger = type(browser)(app.test_client())
    stranger.press(stranger.open("/portal/login"), "/portal/login", login="requestonly", password=PASSWORD)

    assert stranger.open(sent.headers["Location"]).status == 404
    assert stranger.open("/portal/orders/ord_00000000000000000000000001").status == 404
