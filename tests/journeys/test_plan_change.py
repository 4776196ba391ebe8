"""A subscriber changes the plan of a service: quoted, booked, undone, applied by itself, or asked for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import clock
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
