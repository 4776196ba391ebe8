"""Orders through the door the gateway uses."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.clients.fake_provider import Knob
from billing.domain.order import Status
from billing.handlers import handlers
from billing.models import Account, Order, Outbox, Payment, Quote, Subscription
from billing.queries.approval import suggested_start
from shared.contracts.billing import OrderRequested
from shared.contracts.catalog import PlanRetired
from shared.contracts.envelope import Envelope
from shared.testing import answers_problem, as_bearer, hear, told

FIBRE, PHONE, ROUTER, BUNDLE = "plan_fibre", "plan_phone", "plan_router", "plan_bundle"
PARTNER = "par_00000000000000000000000001"
RETURN = "https://portal.example/portal/payments/{payment_id}"


def confirm(shop: Any, gateway: Any, quote_id: str, *, key: str = "k1", **more: Any) -> Any:
    body = {"quote_id": quote_id, "payment": {"payment_method_id": shop.card()}, "return_url": RETURN}
    return gateway.post("/orders", body | more, key=key)


def count(shop: Any, record: Any) -> int:
    with shop.db.read() as session:
        return int(session.execute(select(func.count()).select_from(record)).scalar_one())


def test_a_quote_explains_every_line(gateway: Any) -> None:
    quote = gateway.quote(BUNDLE, ROUTER)

    assert [(line["label"], line["explanation"], line["amount"]["amount"]) for line in quote["lines"]] == [
        ("Home Plus", "52.00 / 30 days x 11 days (20 to 30 Nov)", "19.07"),
        ("Router", "60.00 once", "60.00"),
        ("Home Plus: activation fee", "10.00 once, at activation", "10.00"),
    ]
    assert quote["due_now"] == {"amount": "89.07", "currency": "EUR"}
    assert quote["tax_included"] == {"amount": "16.66", "currency": "EUR"}
    assert quote["then"] == {
        "amount": {"amount": "52.00", "currency": "EUR"},
        "every": "P1M",
        "from_on": "2026-12-01",
    }
    assert quote["lines"][0]["period"] == {"from_on": "2026-11-20", "to_on": "2026-11-30"}


def test_an_order_is_accepted_and_then_paid(shop: Any, gateway: Any) -> None:
    accepted = confirm(shop, gateway, gateway.quote(FIBRE)["id"])
    assert accepted.status_code == 202
    assert accepted.get_json()["status"] == "placed"
    assert accepted.get_json()["payment"]["label"] == "Pending"

    shop.work()

    order = gateway.get(f"/orders/{accepted.get_json()['id']}", wait=5).get_json()
    assert (order["status"], order["approval"], order["number"]) == ("active", "open", "10001")
    assert order["payment"]["label"] == "Successful"
    assert [step["state"] for step in order["steps"]] == ["done", "done", "done", "now"]
    summary = gateway.get("/summary").get_json()
    assert [(sub["name"], sub["status"]) for sub in summary["subscriptions"]] == [("Fibre 100", "active")]
    assert summary["account"]["next_invoice"] == {
        "on": "2026-12-01",
        "amount": {"amount": "30.00", "currency": "EUR"},
    }


def test_the_same_key_gives_the_same_order(shop: Any, gateway: Any) -> None:
    quote_id = gateway.quote(FIBRE)["id"]
    first = confirm(shop, gateway, quote_id)

    second = confirm(shop, gateway, quote_id)

    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.get_json() == first.get_json()
    assert (count(shop, Order), count(shop, Payment)) == (1, 1)


def test_another_key_for_the_same_quote_is_refused(shop: Any, gateway: Any) -> None:
    quote_id = gateway.quote(FIBRE)["id"]
    first = confirm(shop, gateway, quote_id).get_json()

    problem = answers_problem(confirm(shop, gateway, quote_id, key="k2"), 409, "quote_used")

    assert problem["params"]["order_id"] == first["id"]
    assert gateway.get(f"/quotes/{quote_id}").get_json()["order_id"] == first["id"]
    assert count(shop, Order) == 1


def test_ordering_needs_a_key(shop: Any, gateway: Any) -> None:
    quote_id = gateway.quote(FIBRE)["id"]

    answer = confirm(shop, gateway, quote_id, key="")

    answers_problem(answer, 400, "idempotency_key_required")
    assert count(shop, Order) == 0


def test_a_quote_is_held_for_fifteen_minutes(shop: Any, gateway: Any, travel: Any) -> None:
    quote_id = gateway.quote(FIBRE)["id"]
    travel(datetime(2026, 11, 20, 12, 15, 1, tzinfo=UTC))

    answers_problem(confirm(shop, gateway, quote_id), 410, "quote_expired")
    assert count(shop, Order) == 0


def test_a_changed_price_is_refused(shop: Any, gateway: Any) -> None:
    quote_id = gateway.quote(FIBRE)["id"]
    shop.plan(FIBRE, "33.00", version=2)

    answers_problem(confirm(shop, gateway, quote_id), 409, "quote_changed")
    assert count(shop, Order) == 0


def test_an_unknown_card_is_refused(shop: Any, gateway: Any) -> None:
    quote_id = gateway.quote(FIBRE)["id"]

    answer = confirm(shop, gateway, quote_id, payment={"payment_method_id": "pm_nobody"})

    problem = answers_problem(answer, 422, "payment_method_rejected")
    assert problem["errors"][0]["pointer"] == "#/payment/payment_method_id"
    assert count(shop, Order) == 0


def test_another_customer_finds_nothing(shop: Any, gateway: Any, app: Any, service_token: Any) -> None:
    quote_id = gateway.quote(FIBRE)["id"]
    order = confirm(shop, gateway, quote_id).get_json()
    stranger = {
        "Authorization": "Bearer "
        + service_token("billing", "cus_00000000000000000000000002", "par_00000000000000000000000001")
    }
    client = app.test_client()

    for path in (f"/quotes/{quote_id}", f"/orders/{order['id']}", f"/payments/{order['payment']['id']}"):
        answers_problem(client.get(f"/api/v1{path}", headers=stranger), 404, "not_found")


def test_another_saved_card_becomes_the_default(
    shop: Any, gateway: Any, app: Any, service_token: Any
) -> None:
    first, second, old = shop.card("4242"), shop.card("5555"), shop.card("1111", expires=2020)
    for card in (first, second, second):
        assert gateway.post(f"/payment-methods/{card}/default", {}).get_json()["default"] is True

    expired = gateway.post(f"/payment-methods/{old}/default", {})
    stranger = as_bearer(service_token("billing", "cus_00000000000000000000000002", PARTNER))
    foreign = app.test_client().post(f"/api/v1/payment-methods/{first}/default", json={}, headers=stranger)

    answers_problem(expired, 422, "payment_method_rejected")
    answers_problem(foreign, 404, "not_found")
    listed = gateway.get("/payment-methods").get_json()["items"]
    assert [card["last4"] for card in listed if card["default"]] == ["5555"]
    assert listed[0]["last4"] == "5555"


def test_a_failed_payment_is_tried_again_with_another_card(shop: Any, gateway: Any) -> None:
    order = confirm(shop, gateway, gateway.quote(FIBRE)["id"]).get_json()
    shop.provider.knob = Knob.DECLINE
    shop.work()
    failed = gateway.get(f"/payments/{order['payment']['id']}").get_json()
    assert failed["failure"]["title"] == "Your card was declined"
    assert failed["retry"]["allowed"] is True
    assert failed["retry"]["until"].startswith("2026-11-27T12:00")

    shop.provider.knob = Knob.SUCCEED
    body = {
        "order_id": order["id"],
        "payment": {"payment_method_id": shop.card("5555")},
        "return_url": RETURN,
    }
    retried = gateway.post("/payments", body, key="k2")
    shop.work()

    assert retried.status_code == 202
    assert shop.find(order["id"]).status is Status.ACTIVE
    assert [payment.status for payment in shop.payments(order["id"])] == ["failed", "succeeded"]


def test_an_active_order_cannot_be_cancelled(shop: Any, gateway: Any) -> None:
    order = confirm(shop, gateway, gateway.quote(FIBRE)["id"]).get_json()
    shop.work()

    answers_problem(gateway.delete(f"/orders/{order['id']}"), 409, "order_not_cancellable")
    assert shop.find(order["id"]).status is Status.ACTIVE


def test_an_order_not_taken_up_yet_is_cancelled_without_asking_anybody(shop: Any, gateway: Any) -> None:
    order = confirm(shop, gateway, gateway.quote(FIBRE)["id"]).get_json()

    cancelled = gateway.delete(f"/orders/{order['id']}").get_json()
    shop.work()

    assert cancelled["status"] == "cancelled"
    assert shop.provider.calls == []


def test_a_request_has_no_payment(shop: Any, gateway: Any) -> None:
    body = {"quote_id": gateway.quote(FIBRE)["id"], "mode": "request"}

    order = gateway.post("/orders", body, key="k1").get_json()

    assert (order["status"], order["approval"], order["payment"]) == ("awaiting_approval", "open", None)
    subscriptions = gateway.get("/subscriptions").get_json()["items"]
    assert [(sub["status"], sub["on_approve"]) for sub in subscriptions] == [("pending", True)]


def test_the_wished_start_and_the_terms_are_kept_and_told(shop: Any, gateway: Any) -> None:
    terms = {"version": "2026-11", "url": "https://example.com/terms"}
    body = {"quote_id": gateway.quote(FIBRE)["id"], "mode": "request", "preferred_start_on": "2026-12-03"}

    order = gateway.post("/orders", body | {"terms": terms}, key="k1").get_json()

    assert (order["preferred_start_on"], order["starts_on"], order["terms"]) == ("2026-12-03", None, terms)
    (requested,) = [fact for fact in told(shop.db) if isinstance(fact, OrderRequested)]
    assert requested.preferred_start_on == date(2026, 12, 3)


def test_a_start_is_wished_for_from_today_to_a_year_ahead(shop: Any, gateway: Any) -> None:
    quote_id = gateway.quote(FIBRE)["id"]

    for day, code in (("2026-11-19", "too_early"), ("2027-11-21", "too_late")):
        answer = confirm(shop, gateway, quote_id, key=code, preferred_start_on=day)
        (error,) = answers_problem(answer, 422, "validation_failed")["errors"]
        assert (error["pointer"], error["code"]) == ("#/preferred_start_on", code)
    assert count(shop, Order) == 0
    assert confirm(shop, gateway, quote_id, preferred_start_on="2026-11-20").status_code == 202


def test_a_wish_changes_no_price_and_is_what_approval_suggests(shop: Any, gateway: Any) -> None:
    placed = confirm(shop, gateway, gateway.quote(FIBRE)["id"], preferred_start_on="2026-11-25")
    shop.work()

    with shop.db.read() as session:
        order = session.scalars(select(Order)).one()
        assert suggested_start(order, session.get(Account, order.customer_id)) == date(2026, 11, 25)
        assert session.scalars(select(Subscription.starts_on)).all() == [date(2026, 11, 20)]
    assert placed.get_json()["total"] == {"amount": "11.00", "currency": "EUR"}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"items": []}, "#/items"),
        ({"items": [{"plan_id": FIBRE, "version": 1, "quantity": 0}]}, "#/items/0/quantity"),
        ({"items": [{"plan_id": FIBRE, "version": 1, "quantity": -1}]}, "#/items/0/quantity"),
        ({"items": [{"plan_id": FIBRE, "version": 1, "quantity": 10**9}]}, "#/items/0/quantity"),
        ({"items": [{"plan_id": FIBRE, "version": 1, "quantity": "1e3"}]}, "#/items/0/quantity"),
        ({"items": [{"plan_id": FIBRE, "version": 1}] * 2}, "#/items/1/plan_id"),
        ({"timezone": "Mars/Phobos"}, "#/timezone"),
        ({"kind": "top_up"}, "#/kind"),
        ({"discount": 5}, "#/discount"),
    ],
    ids=["empty", "zero", "negative", "huge", "text", "twice", "no such zone", "other kind", "unknown"],
)
def test_a_basket_that_makes_no_sense_is_refused_by_field(
    shop: Any, gateway: Any, change: dict[str, Any], pointer: str
) -> None:
    body = {
        "kind": "order",
        "items": [{"plan_id": FIBRE, "version": 1, "quantity": 1}],
        "billing_type": "recurring",
        "timezone": "UTC",
    }

    problem = answers_problem(gateway.post("/quotes", body | change), 422, "validation_failed")

    assert problem["errors"][0]["pointer"] == pointer
    assert count(shop, Quote) == 0


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"plan_id": "plan_nothing", "version": 1}, "product_not_available"),
        ({"plan_id": FIBRE, "version": 2}, "quote_changed"),
    ],
)
def test_what_is_not_sold_like_this_is_refused(
    shop: Any, gateway: Any, item: dict[str, Any], code: str
) -> None:
    body = {"kind": "order", "items": [item], "billing_type": "recurring", "timezone": "UTC"}

    answers_problem(gateway.post("/quotes", body), 409, code)
    assert count(shop, Quote) == 0


def test_a_retired_plan_cannot_be_ordered_any_more(shop: Any, gateway: Any) -> None:
    quote_id = gateway.quote(FIBRE)["id"]
    hear(shop.db, handlers, PlanRetired(plan_id=FIBRE, version=2))

    answers_problem(confirm(shop, gateway, quote_id), 409, "product_not_available")
    assert count(shop, Order) == 0


def test_facts_of_one_order_share_the_correlation_of_its_request(shop: Any, gateway: Any) -> None:
    confirm(shop, gateway, gateway.quote(FIBRE)["id"])
    shop.work()

    with shop.db.read() as session:
        bodies = session.scalars(select(Outbox.payload).order_by(Outbox.seq)).all()
    correlations = {Envelope.load(body).correlation_id for body in bodies}
    assert len(correlations) == 1
    assert None not in correlations
