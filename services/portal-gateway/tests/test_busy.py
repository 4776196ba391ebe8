"""What an order is answered while billing has more of them than it can finish."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients import billing
from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import FIBRE, VISA
from shared.errors import TooMany
from shared.testing import answers_problem


class Busy(TooMany, code="too_busy"):
    """
    What billing answers.
    """


@pytest.fixture
def order(client: FlaskClient, sign_in: Callable[..., dict[str, str]], world: FakeWorld) -> Callable[[], Any]:
    """
    A function that tries to order what was just quoted, with one key; billing is busy at first.
    """
    headers = sign_in()
    client.post("/api/v1/basket/items", json={"plan_id": FIBRE, "quantity": 1}, headers=headers)
    quote = client.post("/api/v1/quotes", json={"kind": "order"}, headers=headers).json
    body = {"quote_id": quote["id"], "payment": {"payment_method_id": VISA}}
    world.order_refusal = Busy(retry_after=2)
    keyed = {**headers, "Idempotency-Key": "k1"}
    return lambda: client.post("/api/v1/orders", json=body, headers=keyed)


def test_a_busy_billing_is_not_asked_again_for_a_moment(order: Callable[[], Any], world: FakeWorld) -> None:
    refused = order()
    world.order_refusal = None
    again = order()

    for answer in (refused, again):
        answers_problem(answer, 503, "too_busy")
        assert answer.headers["Retry-After"] == "2"
    assert not world.orders


def test_who_was_refused_orders_the_same_basket_with_the_same_key_later(
    order: Callable[[], Any], world: FakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(billing, "REFUSES_SECONDS", 0)
    order()
    world.order_refusal = None

    assert order().status_code == 201
    assert len(world.orders) == 1
