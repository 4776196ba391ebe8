"""
An order goes one step after the other, each once, and starts on a day that can be (reliability.md section 3,
items 44 and 45).
"""

from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.test import TestResponse

from billing.clients.fake_provider import Knob
from billing.clients.provider import Outcome, OutcomeStatus
from billing.usecases.settle_payment import settle_payment
from shared import clock
from shared.money import Money
from shared.testing import MintToken, as_bearer
from tests.journeys.world import Person, World
from tests.security.evidence import ask, at_rest, refused, untouched

MISSING = f"ord_{'9' * 26}"
PERMISSIONS = ("orders.view", "orders.approve", "payments.view", "payments.decide")


class Clerk:
    """Somebody in billing's screens."""

    def __init__(self, world: World, token: str) -> None:
        self.client, self.headers = world.apps["billing"].test_client(), as_bearer(token)

    def send(self, path: str, **fields: str) -> TestResponse:
        """Send a form."""
        return self.client.post(f"/admin/billing/{path}", headers=self.headers, data=fields)

    def approve(self, order_id: str, starts_on: str = "") -> TestResponse:
        """Say when the order started, today unless another day is given."""
        return self.send(f"orders/{order_id}/approve", starts_on=starts_on or clock.today("UTC").isoformat())


@pytest.fixture
def clerk(world: World, staff_token: MintToken) -> Clerk:
    return Clerk(world, staff_token("billing", *PERMISSIONS))


@pytest.fixture(scope="module")
def robert(world: World) -> Person:
    return world.sign_in("postpaid")


@pytest.fixture(scope="module")
def orders(world: World, robert: Person) -> dict[str, str]:
    """One order at each step."""
    found = {"active": robert.order("Router"), "awaiting_approval": robert.request("Router")}
    found |= {name: robert.request("Router") for name in ("approved", "rejected", "cancelled")}
    ids = {name: str(order["id"]) for name, order in found.items()}
    assert ask(robert, "DELETE", f"/orders/{ids['cancelled']}").status_code == 200
    return ids


def pay(robert: Person, order_id: str) -> TestResponse:
    body = {"order_id": order_id, "payment": {"payment_method_id": robert.card("4242")}}
    return ask(robert, "POST", "/payments", json=body, key=robert.new_key())


def test_45_only_a_failed_order_can_be_paid_again(
    world: World, robert: Person, orders: dict[str, str]
) -> None:
    at_rest(world)
    for step in ("active", "awaiting_approval", "cancelled"):
        with untouched(world):
            refused(pay(robert, orders[step]), 409, "invoice_not_payable")
    with untouched(world):
        refused(pay(robert, MISSING), 404, "not_found")


def test_45_an_order_is_decided_once(world: World, clerk: Clerk, orders: dict[str, str]) -> None:
    assert clerk.approve(orders["approved"]).status_code == 303
    rejected = clerk.send(f"orders/{orders['rejected']}/reject", reason="No cable", refund_to="card")
    assert rejected.status_code == 303
    at_rest(world)
    for step in ("approved", "rejected", "cancelled"):
        with untouched(world):
            again = clerk.approve(orders[step])
            assert (step, again.status_code) == (step, 409)
        with untouched(world):
            turned = clerk.send(f"orders/{orders[step]}/reject", reason="No cable", refund_to="card")
            assert (step, turned.status_code) == (step, 409)
    with untouched(world):
        assert clerk.approve(MISSING).status_code == 404


def test_45_a_payment_is_decided_once(
    world: World, clerk: Clerk, robert: Person, service_token: MintToken
) -> None:
    payment_id = _paid_too_much(world, robert, as_bearer(service_token("billing", *_robert())))
    path = f"payments/{payment_id}/decisions"
    assert clerk.send(path, decision="accept", reason="Agreed by phone").status_code == 303
    at_rest(world)
    with untouched(world):
        assert clerk.send(path, decision="refund", reason="On second thoughts").status_code == 409
    before = _done(world)
    assert clerk.send(path, decision="accept", reason="Agreed by phone").status_code == 303
    assert _done(world) == before


DAYS = ("1900-01-01", "9999-12-31", "2026-02-30", "2026-12-01T00:00+14:00", "0", "-1", "")


def test_44_an_order_starts_on_a_day_that_can_be(world: World, clerk: Clerk, orders: dict[str, str]) -> None:
    at_rest(world)
    with untouched(world):
        for step in ("awaiting_approval", "active"):
            for day in DAYS:
                answer = clerk.send(f"orders/{orders[step]}/approve", starts_on=day)
                assert (step, day, answer.status_code) == (step, day, 422)
                assert "<title>Error:" in answer.text


def _done(world: World) -> list[int]:
    tables = ("audit_events", "journal_entries", "outbox", "refunds", "invoices")
    with world.databases["billing"].read() as session:
        return [session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables]


def _robert() -> tuple[str, str]:
    return f"cus_{1:026}", f"par_{1:026}"


def _paid_too_much(world: World, robert: Person, headers: dict[str, str]) -> str:
    """Let the bank take a euro more than was asked for."""
    world.provider.knob = Knob.PEND
    body: dict[str, Any] = {
        "quote_id": robert.quote("Router")["id"],
        "return_url": "https://portal.example/x",
    }
    body["payment"] = {"payment_method_id": robert.card("4242")}
    client, keyed = world.apps["billing"].test_client(), headers | {"Idempotency-Key": "too-much"}
    placed = client.post("/api/v1/orders", json=body, headers=keyed).json
    world.until(lambda: placed["payment"]["id"] in world.provider.payments, "the provider was asked")
    world.provider.knob = Knob.SUCCEED
    asked = world.provider.payments[placed["payment"]["id"]]
    assert asked.amount
    said = Outcome(
        reference=asked.reference,
        status=OutcomeStatus.SUCCEEDED,
        amount=asked.amount + Money(100, "EUR"),
        external_ref=asked.external_ref,
    )
    world.provider.payments[asked.reference] = said
    with world.databases["billing"].begin() as session:
        settle_payment(session, payment_id=asked.reference, outcome=said, now=clock.now())
    return asked.reference
