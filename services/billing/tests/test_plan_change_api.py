"""What the gateway asks about changes of plan, and how it is answered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.models import PartnerSettings
from billing.usecases.apply_due_changes import apply_due_changes
from shared.testing import answers_problem, as_bearer

FIBRE, FAST, SLOW, PHONE = "plan_fibre", "plan_fast", "plan_slow", "plan_phone"
PARTNER = "par_00000000000000000000000001"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OFFERED = [{"plan_id": plan, "version": 1} for plan in (FAST, SLOW, PHONE)]


@pytest.fixture
def service(shop: Any, gateway: Any, travel: Callable[[datetime], None]) -> str:
    """
    The customer's Fibre 100, billed for November.
    """
    shop.plan(FIBRE, "30.00", name="Fibre 100", version=2, change_target_ids=(FAST, SLOW))
    shop.plan(FAST, "45.00", name="Fibre 500")
    shop.plan(SLOW, "20.00", name="Fibre 50")
    travel(datetime(2026, 11, 1, 12, tzinfo=UTC))
    shop.place(shop.quote(FIBRE, version=2).id)
    shop.work()
    travel(NOON)
    return str(gateway.get("/subscriptions").get_json()["items"][0]["id"])


def ask(gateway: Any, service: str, plan: str = FAST, on: str = "2026-11-20") -> dict[str, Any]:
    body = {
        "kind": "plan_change",
        "subscription_id": service,
        "plan_id": plan,
        "version": 1,
        "start_on": on,
    }
    answer = gateway.post("/quotes", body)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.get_json()  # type: ignore[no-any-return]


def book(gateway: Any, quote: dict[str, Any], key: str = "k1") -> Any:
    return gateway.post("/plan-changes", {"quote_id": quote["id"]}, key=key)


def eur(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


def test_the_options_are_what_is_offered_and_listed_cheapest_first(gateway: Any, service: str) -> None:
    answer = gateway.post("/plan-change-options", {"subscription_id": service, "offered": OFFERED})

    options = answer.get_json()
    assert options["current_plan"] == {"plan_id": FIBRE, "name": "Fibre 100", "price": eur("30.00")}
    assert [(each["plan_id"], each["direction"], each["difference"]) for each in options["targets"]] == [
        (SLOW, "down", eur("-10.00")),
        (FAST, "up", eur("15.00")),
    ]
    assert options["dates"] == {
        "earliest_on": "2026-11-20",
        "latest_on": "2027-02-18",
        "suggested": [{"on": "2026-11-20", "code": "today"}, {"on": "2026-12-01", "code": "next_bill"}],
        "rules": [],
    }
    assert (options["pending_change"], options["refusal"]) == (None, None)


def test_a_quote_says_what_is_paid_now_later_and_why(gateway: Any, service: str) -> None:
    quote = ask(gateway, service)

    assert [(line["code"], line["amount"], line["explanation"]) for line in quote["lines"]] == [
        ("refund_unused", eur("-11.00"), "30.00 / 30 days x 11 days left (20 to 30 Nov)"),
        ("first_period", eur("16.50"), "45.00 / 30 days x 11 days (20 to 30 Nov)"),
    ]
    assert (quote["due_now"], quote["credit_to_balance"]) == (eur("5.50"), None)
    assert quote["next_invoice"] == {"on": "2026-12-01", "amount": eur("45.00")}
    assert quote["then"] == {"amount": eur("45.00"), "every": "P1M", "from_on": "2026-12-01"}
    assert (quote["direction"], quote["start_on"], quote["plan_name"]) == ("up", "2026-11-20", "Fibre 500")
    assert quote["undo_until"].startswith("2026-11-20T12:10:0")


def test_booking_answers_with_the_moment_until_it_can_be_undone(gateway: Any, service: str) -> None:
    answer = book(gateway, ask(gateway, service))

    assert answer.status_code == 202
    change = answer.get_json()
    assert (change["status"], change["subscription_id"]) == ("booked", service)
    assert (change["from_plan_id"], change["to_plan_id"], change["to_plan_name"]) == (
        FIBRE,
        FAST,
        "Fibre 500",
    )
    assert change["starts_on"] == "2026-11-20"
    assert change["undo_until"].startswith("2026-11-20T12:10:0")


def test_the_same_key_books_once(gateway: Any, service: str) -> None:
    quote = ask(gateway, service)

    first, again = book(gateway, quote), book(gateway, quote)

    assert first.get_json() == again.get_json()
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_booked_change_shows_in_the_service_and_can_be_undone(gateway: Any, service: str) -> None:
    change = book(gateway, ask(gateway, service)).get_json()

    pending = gateway.get("/summary").get_json()["subscriptions"][0]["pending_change"]
    assert (pending["id"], pending["to_plan_name"], pending["price"]) == (
        change["id"],
        "Fibre 500",
        eur("45.00"),
    )
    assert gateway.delete(f"/plan-changes/{change['id']}").get_json()["status"] == "withdrawn"
    assert gateway.get(f"/subscriptions/{service}").get_json()["pending_change"] is None


def test_a_made_change_leads_to_the_new_service(gateway: Any, service: str, shop: Any, travel: Any) -> None:
    change = book(gateway, ask(gateway, service)).get_json()
    travel(NOON + timedelta(minutes=11))
    apply_due_changes(shop.db)

    change = gateway.get(f"/plan-changes/{change['id']}").get_json()
    assert change["status"] == "applied"
    new = gateway.get(f"/subscriptions/{change['new_subscription_id']}").get_json()
    assert (new["name"], new["status"], new["parent_id"]) == ("Fibre 500", "active", service)
    assert gateway.get(f"/invoices/{change['invoice_id']}").get_json()["open"] == eur("5.50")
    answers_problem(gateway.delete(f"/plan-changes/{change['id']}"), 409, "change_not_cancellable")


def test_a_second_change_is_refused_with_the_way_to_undo_the_first(gateway: Any, service: str) -> None:
    quote = ask(gateway, service)
    second = ask(gateway, service, SLOW)
    change = book(gateway, quote).get_json()

    problem = answers_problem(book(gateway, second, key="k2"), 409, "change_already_booked")

    assert problem["actions"][0]["href"] == f"/api/v1/plan-changes/{change['id']}"
    assert problem["actions"][0]["method"] == "DELETE"


def test_a_changed_price_answers_with_the_new_quote(gateway: Any, service: str, shop: Any) -> None:
    quote = ask(gateway, service)
    with shop.db.begin() as session:
        session.add(PartnerSettings(partner_id=PARTNER, version=1, own={"fee_up_minor": 200}))

    problem = answers_problem(book(gateway, quote), 409, "quote_changed")

    renewed = gateway.get(f"/quotes/{problem['params']['quote_id']}").get_json()
    assert renewed["due_now"] == eur("7.50")
    assert book(gateway, renewed, key="k2").status_code == 202


def test_a_refused_day_names_the_allowed_ones(gateway: Any, service: str) -> None:
    body = {
        "kind": "plan_change",
        "subscription_id": service,
        "plan_id": FAST,
        "version": 1,
        "start_on": "2026-11-19",
    }

    problem = answers_problem(gateway.post("/quotes", body), 422, "date_not_allowed")

    assert problem["params"] == {"earliest_on": "2026-11-20", "latest_on": "2027-02-18"}


def test_a_plan_without_a_list_has_no_targets(gateway: Any, service: str, shop: Any) -> None:
    shop.plan(FIBRE, "30.00", name="Fibre 100", version=3, change_target_ids=())

    options = gateway.post(
        "/plan-change-options", {"subscription_id": service, "offered": OFFERED}
    ).get_json()
    body = {
        "kind": "plan_change",
        "subscription_id": service,
        "plan_id": FAST,
        "version": 1,
        "start_on": "2026-11-20",
    }

    assert options["targets"] == []
    answers_problem(gateway.post("/quotes", body), 409, "no_plans_available")


@pytest.mark.parametrize("missing", ["subscription_id", "plan_id", "version", "start_on"])
def test_a_quote_request_names_the_field_it_misses(gateway: Any, service: str, missing: str) -> None:
    body = {
        "kind": "plan_change",
        "subscription_id": service,
        "plan_id": FAST,
        "version": 1,
        "start_on": "2026-11-20",
    }
    del body[missing]

    problem = answers_problem(gateway.post("/quotes", body), 422, "validation_failed")

    assert problem["errors"][0]["pointer"] == f"#/{missing}"


def test_another_customer_finds_nothing(gateway: Any, service: str, service_token: Any) -> None:
    change = book(gateway, ask(gateway, service)).get_json()
    other = as_bearer(service_token("billing", "cus_00000000000000000000000009", PARTNER))

    for call, path in (
        (gateway.client.get, f"/api/v1/plan-changes/{change['id']}"),
        (gateway.client.delete, f"/api/v1/plan-changes/{change['id']}"),
    ):
        answers_problem(call(path, headers=other), 404, "not_found")
    listed = gateway.client.get("/api/v1/plan-changes", headers=other)
    assert listed.get_json()["items"] == []
    options = gateway.client.post(
        "/api/v1/plan-change-options", json={"subscription_id": service, "offered": []}, headers=other
    )
    answers_problem(options, 404, "not_found")


def test_the_list_is_of_one_service(gateway: Any, service: str) -> None:
    change = book(gateway, ask(gateway, service)).get_json()

    mine = gateway.get("/plan-changes", subscription_id=service).get_json()["items"]
    others = gateway.get("/plan-changes", subscription_id="sub_other").get_json()["items"]

    assert ([each["id"] for each in mine], others) == ([change["id"]], [])
