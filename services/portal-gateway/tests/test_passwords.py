"""Choosing a password: at the first sign-in, in Settings, and when it was forgotten."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from portal_gateway.clients.fake import CODE, FakeWorld
from portal_gateway.clients.fake_people import PASSWORD
from shared.testing import answers_problem

SignOn = Callable[..., Any]
GOOD = "seven green lanterns"


def test_a_temporary_password_opens_nothing_but_the_choice_of_another(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    world.password_is_temporary = True

    page = sign_on()
    assert page.headings == ["Choose a password"]
    assert "present" not in page.form("/portal/password")["fields"]
    assert browser.open("/portal/bills").headings == ["Choose a password"]
    page = browser.press(page, "/portal/password", password=GOOD)

    assert page.headings == ["Hello, Robert"]
    assert "Your password is changed. Other devices are signed out." in page.text
    assert world.password == GOOD


def test_by_the_api_a_temporary_password_is_replaced_first(
    client: FlaskClient, sign_in: Any, world: FakeWorld
) -> None:
    world.password_is_temporary = True
    headers = sign_in()
    answers_problem(client.get("/api/v1/home", headers=headers), 403, "not_allowed")
    assert client.get("/api/v1/sessions/current", headers=headers).json["password_is_temporary"] is True

    chosen = client.put("/api/v1/credentials/password", json={"password": GOOD}, headers=headers)

    assert chosen.status_code == 200
    answers_problem(client.get("/api/v1/home", headers=headers), 401, "session_expired")
    fresh = {"Authorization": f"Bearer {chosen.json['access_token']}"}
    assert client.get("/api/v1/home", headers=fresh).status_code == 200


def test_settings_change_the_password_of_who_knows_it(
    browser: Any, sign_on: SignOn, world: FakeWorld
) -> None:
    sign_on()
    assert "/portal/password" in browser.open("/portal/settings").links
    page = browser.open("/portal/password")

    empty = browser.press(page, "/portal/password")
    wrong = browser.press(page, "/portal/password", present="wrong", password=GOOD)

    assert (empty.status, "Enter your present password." in empty.text) == (422, True)
    assert (wrong.status, "#f-present" in wrong.links, GOOD in wrong.html) == (422, True, False)
    assert browser.press(page, "/portal/password", present=PASSWORD, password=GOOD).status == 200
    assert world.password == GOOD


def test_a_forgotten_password_is_replaced_by_the_mailed_code(browser: Any, world: FakeWorld) -> None:
    (link,) = {link for link in browser.open("/portal/login").links if link and "reset" in link}
    page = browser.press(browser.open(link), "/portal/password-resets", login="postpaid")
    assert "If we know that address, a code is on its way." in page.text
    reset = "/portal/password-resets/rst_00000000000000000000000001"

    wrong = browser.press(page, reset, code="1", password=GOOD)
    assert (wrong.status, "This code cannot be used. Ask for a new one." in wrong.text) == (422, True)
    page = browser.press(wrong, reset, code=CODE, password=GOOD)

    assert page.headings == ["Sign in"]
    page = browser.press(page, "/portal/login", login="postpaid", password=GOOD)
    assert page.headings == ["Hello, Robert"]


def test_mails_and_tries_are_limited(client: FlaskClient, world: FakeWorld) -> None:
    answers = [client.post("/api/v1/password-resets", json={"login": "postpaid"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
    path = f"/api/v1/password-resets/{answers[0].json['id']}/confirmations"
    tries = [client.post(path, json={"code": "1", "password": GOOD}) for _ in range(11)]

    assert [answer.status_code for answer in tries] == [422] * 10 + [429]
    assert ("POST", "/password-resets") in world.customers.asked
    assert world.password == PASSWORD
