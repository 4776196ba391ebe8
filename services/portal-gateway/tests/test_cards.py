"""Saved cards: their numbers never come here."""

from typing import Any

from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import VISA, card
from shared.testing import answers_problem


def test_cards_are_saved_on_the_providers_page_only(client: FlaskClient, sign_in) -> None:
    headers = sign_in()
    home = {"return_url": "http://127.0.0.1:8000/portal/settings"}
    away = {"return_url": "https://evil.example/"}

    assert client.post("/api/v1/payment-methods/setup", json=home, headers=headers).status_code == 201
    answer = client.post("/api/v1/payment-methods/setup", json=away, headers=headers)
    answers_problem(answer, 422, "validation_failed")
    card = {"number": "4242424242424242"}
    answer = client.post("/api/v1/payment-methods/setup", json=card, headers=headers)
    answers_problem(answer, 422, "validation_failed")


def test_the_default_card_is_chosen_by_api_and_page(
    client: FlaskClient, sign_in, browser: Any, sign_on, world: FakeWorld
) -> None:
    other = "pm_00000000000000000000000002"
    world.cards.append(card(other, "Mastercard", "5555"))
    headers = sign_in()

    chosen = client.patch(f"/api/v1/payment-methods/{other}", json={"default": True}, headers=headers)
    unmade = client.patch(f"/api/v1/payment-methods/{other}", json={"default": False}, headers=headers)
    foreign = client.patch("/api/v1/payment-methods/pm_x", json={"default": True}, headers=headers)
    assert (chosen.status_code, chosen.json["default"]) == (200, True)
    answers_problem(unmade, 422, "validation_failed")
    answers_problem(foreign, 404, "not_found")

    sign_on()
    page = browser.open("/portal/settings")
    page = browser.press(page, f"/portal/settings/cards/{VISA}/default")
    assert "Visa ending 4242 is used by default." in page.text
    assert [each["default"] for each in world.cards] == [True, False]
