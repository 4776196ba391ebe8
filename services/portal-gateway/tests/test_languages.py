"""What the public API says in the language its caller asks for."""

from collections.abc import Callable

from flask.testing import FlaskClient

from portal_gateway.clients.fake_people import FIBRE


def test_lines_and_ways_to_pay_are_said_in_the_callers_language(
    client: FlaskClient, sign_in: Callable[..., dict[str, str]]
) -> None:
    headers = sign_in()
    client.post("/api/v1/basket/items", json={"plan_id": FIBRE, "quantity": 1}, headers=headers)
    german = {**headers, "Accept-Language": "de"}

    english_line = client.post("/api/v1/quotes", json={"kind": "order"}, headers=headers).json["lines"][0]
    answer = client.post("/api/v1/quotes", json={"kind": "order"}, headers=german)
    methods = client.get("/api/v1/payment-options", headers=german).json["methods"]

    assert english_line["explanation"] == "45.00 / 30 days x 11 days"
    assert answer.headers["Content-Language"] == "de"
    assert answer.json["lines"][0]["explanation"].startswith("45,00\xa0€ / 30 Tage × 11 Tage (20. Nov.")
    assert [each["label"] for each in methods] == ["Visa mit Endziffern 4242", "Neue Karte"]
