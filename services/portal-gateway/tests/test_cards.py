"""Saved cards: their numbers never come here."""

from flask.testing import FlaskClient

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
