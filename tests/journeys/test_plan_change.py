"""A subscriber changes the plan of a service: quoted, booked, undone, applied by itself, or asked for."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.change import Source
from billing.domain.change_terms import Decided
from billing.models import Plan, PlanVersion, Subscription
from billing.usecases.offer_plan_change import offer_plan_change
from billing.usecases.quote_plan_change import Wanted, quote_plan_change
from customers.models import Message
from shared import clock
from shared.money import Money
from tests.journeys.world import Person, World

MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

Travel = Callable[[datetime], None]


@pytest.fixture
def robert(world: World, travel: Travel) -> Person:
    """
    Robert, on 20 November, with Fibre 100 active.
    """
    travel(MORNING)
    person = world.sign_in("postpaid")
    assert person.order("Fibre 100")["status"] == "active"
    return person


def service(person: Person, plan: str, status: str = "active") -> Any:
    """
    Return the person's service with that plan in that status, or None.
    """
    found = person.get("/services")["items"]
    return next((each for each in found if each["plan"]["name"] == plan and each["status"] == status), None)


def quoted(person: Person, plan: str, **wanted: str) -> Any:
    """
    Return the price of moving from Fibre 100 to *plan*.
    """
    held = service(person, "Fibre 100")
    options = person.get(f"/services/{held['id']}/plan-change-options")
    target = next(each for each in options["targets"] if each["name"] == plan)
    body = {"kind": "plan_change", "service_id": held["id"], "plan_id": target["plan_id"], **wanted}
    return person.post("/quotes", body)


def book(person: Person, quote: Any) -> Any:
    """
    Confirm a quote.
    """
    return person.post("/plan-changes", {"quote_id": quote["id"]}, key=person.new_key())


def test_a_service_says_what_it_can_become(robert: Person) -> None:
    options = robert.get(f"/services/{service(robert, 'Fibre 100')['id']}/plan-change-options")

    assert options["modes"] == ["self", "request"]
    assert [(each["name"], each["direction"]) for each in options["targets"]] == [
        ("Fibre 300", "up"),
        ("Fibre 500", "up"),
    ]
    assert options["dates"]["earliest_on"] == "2026-11-20"
    assert [each["on"] for each in options["dates"]["suggested"]] == ["2026-11-20", "2026-12-01"]


def test_a_change_for_today_takes_effect_when_it_can_no_longer_be_undone(
    world: World, robert: Person, travel: Travel
) -> None:
    quote = quoted(robert, "Fibre 500")
    sums = sum(float(line["amount"]["amount"]) for line in quote["lines"])
    booked = book(robert, quote)
    assert (booked["status"], booked["starts_on"]) == ("booked", "2026-11-20")
    assert service(robert, "Fibre 100")["pending_change"]["to_plan_name"] == "Fibre 500"

    travel(MORNING + timedelta(minutes=11))

    world.until(lambda: service(robert, "Fibre 500"), "the new plan is active")
    assert service(robert, "Fibre 100") is None
    bills = robert.get("/invoices")["items"]
    credits = float(bills[0]["total"]["amount"]) - sums
    assert round(credits, 2) == 11.0  # 30.00 / 30 days x 11 unused days, given back


def test_a_booked_change_is_undone_without_a_trace(world: World, robert: Person, travel: Travel) -> None:
    before = robert.get("/invoices")["items"]
    booked = book(robert, quoted(robert, "Fibre 300", start_on="2026-12-01"))

    undone = robert.client.delete(f"/api/v1/plan-changes/{booked['id']}", headers=robert.headers)

    assert undone.get_json()["status"] == "withdrawn"
    assert service(robert, "Fibre 100")["pending_change"] is None
    travel(datetime(2026, 12, 1, 12, 0, tzinfo=UTC))
    fresh = world.sign_in("postpaid")
    assert service(fresh, "Fibre 100")
    assert [each["id"] for each in robert.get("/invoices")["items"]][-1] == before[-1]["id"]


def test_only_one_change_can_be_booked(robert: Person) -> None:
    quote = quoted(robert, "Fibre 500", start_on="2026-12-01")
    second = quoted(robert, "Fibre 300", start_on="2026-12-01")
    book(robert, quote)

    answer = robert.client.post(
        "/api/v1/plan-changes",
        json={"quote_id": second["id"]},
        headers={**robert.headers, "Idempotency-Key": "second"},
    )

    assert (answer.status_code, answer.get_json()["code"]) == (409, "change_already_booked")


def test_a_request_carries_everything_to_its_ticket(world: World, robert: Person) -> None:
    held = service(robert, "Fibre 100")
    target = robert.get(f"/services/{held['id']}/plan-change-options")["targets"][1]

    asked = robert.post(
        "/plan-change-requests",
        {"service_id": held["id"], "plan_id": target["plan_id"], "message": "Before Monday."},
        key=robert.new_key(),
    )

    ticket = robert.get(f"/tickets/{asked['ticket_id']}")
    assert ticket["subject"] == "Fibre 100: change to Fibre 500"
    said = ticket["messages"][0]["body"]
    assert "Refund for unused Fibre 100: EUR -11.00" in said
    assert said.endswith("Before Monday.")


def test_what_is_not_offered_cannot_be_had(world: World, robert: Person) -> None:
    held = service(robert, "Fibre 100")
    body = {"kind": "plan_change", "service_id": held["id"], "plan_id": held["plan"]["id"]}

    answer = robert.client.post("/api/v1/quotes", json=body, headers=robert.headers)

    assert (answer.status_code, answer.get_json()["code"]) == (409, "no_plans_available")
    assert clock.now() >= MORNING


def offered(world: World, held: Any) -> None:
    """
    Let staff send Robert a quoted change to Fibre 300 from 1 December, at a fee of their own.
    """
    with world.databases["billing"].begin() as session:
        found = session.get_one(Subscription, held["id"])
        plan_id = (
            session.scalars(select(PlanVersion.plan_id).where(PlanVersion.name == "Fibre 300")).first() or ""
        )
        wanted = Wanted(
            subscription_id=found.id,
            plan_id=plan_id,
            version=session.get_one(Plan, plan_id).version,
            start_on=date(2026, 12, 1),
        )
        decided = Decided(fee=Money.parse("1.00", "EUR"), reason="Agreed on the phone", ignore_balance=True)
        quote = quote_plan_change(
            session,
            customer_id=found.customer_id,
            wanted=wanted,
            now=clock.now(),
            source=Source.ADMIN,
            decided=decided,
        )
        offer_plan_change(session, customer_id=found.customer_id, quote_id=quote.id, now=clock.now())


def test_what_staff_offers_is_mailed_seen_and_made_only_after_consent(
    world: World, robert: Person, travel: Travel
) -> None:
    offered(world, service(robert, "Fibre 100"))
    offer_id = service(robert, "Fibre 100")["offer"]["id"]
    world.until(lambda: _mailed(world), "the customer is mailed")
    offer = robert.get(f"/plan-change-offers/{offer_id}")
    shown = robert.get(f"/quotes/{offer['quote_id']}")
    assert [line["amount"]["amount"] for line in shown["lines"] if line["code"] == "price_of_change"] == [
        "1.00"
    ]

    answer = {"answer": "accepted", "quote_id": offer["quote_id"]}
    answered = robert.post(f"/plan-change-offers/{offer_id}/answers", answer, key=robert.new_key())

    assert answered["status"] == "accepted"
    held = service(robert, "Fibre 100")
    assert (held["offer"], held["pending_change"]["id"]) == (None, answered["change_id"])
    travel(datetime(2026, 12, 1, 12, tzinfo=UTC))
    fresh = world.sign_in("postpaid")
    world.until(lambda: service(fresh, "Fibre 300"), "the new plan is active")


def _mailed(world: World) -> bool:
    with world.databases["customers"].read() as session:
        return session.scalar(select(Message.id).where(Message.kind == "plan_change_offered")) is not None
