"""From products to an order, through the public API."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import FIBRE, ROUTER, VISA, euro
from portal_gateway.models import PortalSettings
from portal_gateway.usecases.seed_demo import DEFAULT
from shared.db import Database
from shared.testing import answers_problem

Headers = dict[str, str]


@pytest.fixture
def headers(sign_in: Callable[..., Headers]) -> Headers:
    """
    Robert's front end.
    """
    return sign_in()


def fill(client: FlaskClient, headers: Headers, plan_id: str = FIBRE, quantity: int = 1) -> Any:
    """
    Put a plan in the basket.
    """
    body = {"plan_id": plan_id, "quantity": quantity}
    return client.post("/api/v1/basket/items", json=body, headers=headers)


def quote(client: FlaskClient, headers: Headers) -> Any:
    """
    Price the basket.
    """
    return client.post("/api/v1/quotes", json={"kind": "order"}, headers=headers)


def order(client: FlaskClient, headers: Headers, body: dict[str, Any], key: str = "k1") -> Any:
    """
    Confirm a quote.
    """
    return client.post("/api/v1/orders", json=body, headers={**headers, "Idempotency-Key": key})


def by_card(quote_id: str) -> dict[str, Any]:
    """
    Return the body of an order paid with the saved card.
    """
    return {"quote_id": quote_id, "payment": {"payment_method_id": VISA}}


def switch(database: Database, **own: Any) -> None:
    """
    Change what the Default partner set.
    """
    with database.begin() as session:
        for name, value in own.items():
            setattr(session.get_one(PortalSettings, DEFAULT), name, value)


def test_products_are_what_the_catalogue_offers(client: FlaskClient, headers: Headers) -> None:
    answer = client.get("/api/v1/products", headers=headers)
    one_time = client.get("/api/v1/products?kind=one_time", headers=headers)

    assert [(item["name"], item["price"]["amount"]) for item in answer.json["items"]] == [
        ("Fibre 500", "45.00"),
        ("Router", "60.00"),
    ]
    assert [item["id"] for item in one_time.json["items"]] == [ROUTER]
    assert answer.headers["Cache-Control"] == "private, max-age=60"


def test_an_unknown_product_or_parameter_is_refused(client: FlaskClient, headers: Headers) -> None:
    answers_problem(client.get("/api/v1/products/plan_x", headers=headers), 404, "not_found")
    answers_problem(client.get("/api/v1/products?colour=red", headers=headers), 400, "unknown_parameter")


def test_the_basket_counts_and_adds_up(client: FlaskClient, headers: Headers) -> None:
    fill(client, headers)
    answer = fill(client, headers, ROUTER, 2)

    assert answer.status_code == 201
    assert answer.json["count"] == 3
    assert answer.json["totals"] == {"total": euro("165.00"), "monthly": euro("45.00")}
    assert answer.headers["ETag"] == '"r2"'


def test_adding_a_plan_twice_leaves_it_at_one(client: FlaskClient, headers: Headers) -> None:
    fill(client, headers)

    assert fill(client, headers).json["count"] == 1


def test_adding_with_a_key_adds_once(client: FlaskClient, headers: Headers) -> None:
    body, keyed = {"plan_id": ROUTER, "quantity": 2}, {**headers, "Idempotency-Key": "add-1"}

    first = client.post("/api/v1/basket/items", json=body, headers=keyed)
    second = client.post("/api/v1/basket/items", json=body, headers=keyed)

    assert first.json == second.json
    assert client.get("/api/v1/basket", headers=headers).json["count"] == 2


@pytest.mark.parametrize("quantity", [0, -1, 1_000_000_000, 1.5, "1e3", True, None])
def test_a_quantity_that_is_none_is_refused(client: FlaskClient, headers: Headers, quantity: Any) -> None:
    answer = fill(client, headers, ROUTER, quantity)

    problem = answers_problem(answer, 422, "validation_failed")
    assert problem["errors"][0]["pointer"] == "#/quantity"
    assert client.get("/api/v1/basket", headers=headers).json["count"] == 0


def test_more_than_one_may_have_is_refused(client: FlaskClient, headers: Headers) -> None:
    answer = fill(client, headers, ROUTER, 6)

    assert answers_problem(answer, 422, "validation_failed")["errors"][0]["detail"] == "Choose 1 to 5."


def test_a_hidden_plan_cannot_be_put_in(client: FlaskClient, headers: Headers) -> None:
    answers_problem(fill(client, headers, "plan_hidden"), 422, "product_not_available")


@pytest.mark.parametrize("name", ["price", "partner_id", "status", "total", "id"])
def test_nobody_sets_what_is_not_theirs_to_set(client: FlaskClient, headers: Headers, name: str) -> None:
    body = {"plan_id": FIBRE, "quantity": 1, name: "0.01"}

    answer = client.post("/api/v1/basket/items", json=body, headers=headers)

    problem = answers_problem(answer, 422, "validation_failed")
    found = [(each["pointer"], each["code"]) for each in problem["errors"]]
    assert found == [(f"#/{name}", "unknown_field")]


def test_a_basket_changed_elsewhere_is_not_overwritten(client: FlaskClient, headers: Headers) -> None:
    item = fill(client, headers, ROUTER).json["items"][0]
    url = f"/api/v1/basket/items/{item['id']}"

    bare = client.patch(url, json={"quantity": 2}, headers=headers)
    stale = client.patch(url, json={"quantity": 2}, headers={**headers, "If-Match": '"r0"'})
    meant = client.patch(url, json={"quantity": 2}, headers={**headers, "If-Match": '"r1"'})

    answers_problem(bare, 428, "precondition_required")
    answers_problem(stale, 412, "precondition_failed")
    assert meant.json["count"] == 2


def test_the_basket_survives_signing_out(client: FlaskClient, headers: Headers, sign_in) -> None:
    fill(client, headers)
    client.delete("/api/v1/sessions/current", headers=headers)

    assert client.get("/api/v1/basket", headers=sign_in()).json["count"] == 1


def test_baskets_belong_to_one_customer(client: FlaskClient, headers: Headers, sign_in) -> None:
    item = fill(client, headers).json["items"][0]
    stranger = sign_in("requestonly")

    assert client.get("/api/v1/basket", headers=stranger).json["count"] == 0
    answer = client.delete(f"/api/v1/basket/items/{item['id']}", headers=stranger)
    answers_problem(answer, 404, "not_found")


def test_an_empty_basket_has_no_quote(client: FlaskClient, headers: Headers) -> None:
    answers_problem(quote(client, headers), 409, "basket_empty")


def test_a_quote_explains_every_line(client: FlaskClient, headers: Headers) -> None:
    fill(client, headers)

    answer = quote(client, headers)

    assert answer.status_code == 201
    assert answer.json["due_now"] == euro("16.50")
    assert answer.json["then"] == {"amount": euro("45.00"), "every": "P1M", "from_on": "2026-12-01"}
    line = answer.json["lines"][0]
    assert (line["label"], line["explanation"]) == ("Fibre 500", "45.00 / 30 days x 11 days")


def test_a_basket_that_stays_keeps_its_quote(client: FlaskClient, headers: Headers) -> None:
    fill(client, headers)
    first, second = quote(client, headers), quote(client, headers)
    fill(client, headers, ROUTER)
    third = quote(client, headers)

    assert first.json["id"] == second.json["id"] != third.json["id"]


def test_a_price_that_moved_is_shown_and_has_to_be_accepted(
    client: FlaskClient, headers: Headers, world: FakeWorld
) -> None:
    item = fill(client, headers).json["items"][0]
    world.plans[0] |= {"price": euro("47.00"), "version": 2}

    problem = answers_problem(quote(client, headers), 409, "basket_changed")
    assert problem["detail"] == "Fibre 500 went from EUR 45.00 to EUR 47.00."

    accepted = {**headers, "If-Match": '"r1"'}
    client.patch(f"/api/v1/basket/items/{item['id']}", json={"quantity": 1}, headers=accepted)
    assert quote(client, headers).status_code == 201


def test_what_is_not_sold_any_more_is_named(client, headers: Headers, world: FakeWorld) -> None:
    fill(client, headers)
    world.plans.clear()

    problem = answers_problem(quote(client, headers), 409, "product_not_available")

    assert problem["params"] == {"names": ["Fibre 500"]}


def test_a_paid_order_is_active_and_empties_the_basket(client: FlaskClient, headers: Headers) -> None:
    fill(client, headers)
    quote_id = quote(client, headers).json["id"]

    answer = order(client, headers, by_card(quote_id))

    assert answer.status_code == 201
    assert answer.json["status"] == "active"
    assert answer.json["payment"]["label"] == "Successful"
    assert client.get("/api/v1/basket", headers=headers).json["count"] == 0


@pytest.mark.parametrize(
    ("outcome", "label", "status"), [("failed", "Failed", 201), ("paying", "Pending", 202)]
)
def test_an_order_that_is_not_paid_keeps_the_basket(
    client: FlaskClient, headers: Headers, world: FakeWorld, outcome: str, label: str, status: int
) -> None:
    world.outcome = outcome
    fill(client, headers)

    answer = order(client, headers, by_card(quote(client, headers).json["id"]))

    assert (answer.status_code, answer.json["payment"]["label"]) == (status, label)
    assert client.get("/api/v1/basket", headers=headers).json["count"] == 1


def test_ordering_twice_with_one_key_orders_once(client, headers: Headers, world: FakeWorld) -> None:
    fill(client, headers)
    body = by_card(quote(client, headers).json["id"])

    first, second = order(client, headers, body), order(client, headers, body)

    assert first.json == second.json
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(world.orders) == 1


def test_a_key_is_needed_and_means_one_thing(client: FlaskClient, headers: Headers) -> None:
    fill(client, headers)
    quote_id = quote(client, headers).json["id"]
    order(client, headers, by_card(quote_id))

    bare = client.post("/api/v1/orders", json=by_card(quote_id), headers=headers)
    other = order(client, headers, {"quote_id": quote_id, "mode": "request"})
    long = order(client, headers, by_card(quote_id), key="x" * 256)

    answers_problem(bare, 400, "idempotency_key_required")
    answers_problem(other, 422, "idempotency_key_reused")
    answers_problem(long, 400, "malformed_request")


def test_a_used_quote_is_not_ordered_again(client: FlaskClient, headers: Headers, world: FakeWorld) -> None:
    fill(client, headers)
    quote_id = quote(client, headers).json["id"]
    order(client, headers, by_card(quote_id))

    answers_problem(order(client, headers, by_card(quote_id), key="k2"), 409, "quote_used")
    assert len(world.orders) == 1


def test_two_customers_with_one_key_are_two_orders(
    client: FlaskClient, headers: Headers, sign_in, world: FakeWorld
) -> None:
    quay = sign_in("requestonly")
    for each in (headers, quay):
        fill(client, each)

    order(client, headers, {"quote_id": quote(client, headers).json["id"], "mode": "request"})
    order(client, quay, {"quote_id": quote(client, quay).json["id"], "mode": "request"})

    assert len(world.orders) == 2


def test_the_quote_of_another_customer_does_not_exist(client, headers: Headers, sign_in) -> None:
    fill(client, headers)
    quote_id = quote(client, headers).json["id"]
    stranger = sign_in("requestonly")

    answers_problem(client.get(f"/api/v1/quotes/{quote_id}", headers=stranger), 404, "not_found")
    answer = order(client, stranger, {"quote_id": quote_id, "mode": "request"})
    answers_problem(answer, 404, "not_found")


def test_a_request_waits_for_its_ticket(client: FlaskClient, headers: Headers, world: FakeWorld) -> None:
    fill(client, headers)

    answer = order(client, headers, {"quote_id": quote(client, headers).json["id"], "mode": "request"})

    assert answer.status_code == 201
    assert (answer.json["status"], answer.json["ticket_number"]) == ("awaiting_approval", "31")
    assert answer.json["message"] == "Order #10481 received. We will confirm it and tell you the start date."
    assert client.get("/api/v1/basket", headers=headers).json["count"] == 0


def test_where_requests_arrive_is_the_partners_setting(
    client: FlaskClient, headers: Headers, world: FakeWorld, database: Database
) -> None:
    switch(database, order_channel="email", order_email="orders@example.com")
    fill(client, headers)

    answer = order(client, headers, {"quote_id": quote(client, headers).json["id"], "mode": "request"})

    assert (answer.json["channel"], answer.json["ticket_id"]) == ("email", None)


def test_a_body_that_says_two_things_is_refused(client: FlaskClient, headers: Headers) -> None:
    fill(client, headers)
    quote_id = quote(client, headers).json["id"]
    both = {"payment_method_id": VISA, "source": "new_card"}

    for body in (
        {"quote_id": quote_id},
        {"quote_id": quote_id, "payment": both},
        {"quote_id": quote_id, "payment": {}},
        {"quote_id": quote_id, "mode": "request", "payment": {"source": "new_card"}},
        {"quote_id": quote_id, "mode": "request", "return_url": "https://evil.example/"},
    ):
        answers_problem(order(client, headers, body), 422, "validation_failed")


def test_where_ordering_is_off_nothing_of_it_is_there(
    client: FlaskClient, headers: Headers, database: Database
) -> None:
    switch(database, ordering_enabled=False)

    for answer in (
        client.get("/api/v1/products", headers=headers),
        client.get("/api/v1/basket", headers=headers),
        fill(client, headers),
        quote(client, headers),
        order(client, headers, {"quote_id": "quo_x", "mode": "request"}),
    ):
        answers_problem(answer, 403, "feature_disabled")
    config = client.get("/api/v1/portal-config", headers=headers).json
    assert config["features"]["ordering"] is False
    assert (config["features"]["accept_payment"], config["features"]["order_modes"]) == (False, [])
    assert "order" not in config["menu"]
    assert client.get("/api/v1/home", headers=headers).json["capabilities"] == []


def test_where_payment_is_off_only_requests_are_taken(client: FlaskClient, sign_in) -> None:
    quay = sign_in("requestonly")
    fill(client, quay)
    quote_id = quote(client, quay).json["id"]

    answers_problem(order(client, quay, by_card(quote_id)), 403, "feature_disabled")
    assert client.get("/api/v1/payment-options", headers=quay).json == {"modes": ["request"], "methods": []}
    answer = order(client, quay, {"quote_id": quote_id, "mode": "request"}, key="k2")
    assert answer.status_code == 201


def test_a_failed_payment_can_be_tried_again(client: FlaskClient, headers: Headers, world: FakeWorld) -> None:
    world.outcome = "failed"
    fill(client, headers)
    placed = order(client, headers, by_card(quote(client, headers).json["id"])).json
    payment = {"order_id": placed["id"], "payment": {"source": "new_card"}}

    answer = client.post("/api/v1/payments", json=payment, headers={**headers, "Idempotency-Key": "p1"})

    assert (answer.status_code, answer.json["label"]) == (201, "Successful")
    assert client.get(f"/api/v1/orders/{placed['id']}", headers=headers).json["status"] == "active"


def test_orders_of_others_do_not_exist(client: FlaskClient, headers: Headers, sign_in) -> None:
    fill(client, headers)
    placed = order(client, headers, by_card(quote(client, headers).json["id"])).json
    stranger = sign_in("requestonly")

    for url in (
        f"/api/v1/orders/{placed['id']}",
        f"/api/v1/orders/{placed['id']}/timeline",
        f"/api/v1/payments/{placed['payment']['id']}",
    ):
        answers_problem(client.get(url, headers=stranger), 404, "not_found")
    answers_problem(client.delete(f"/api/v1/orders/{placed['id']}", headers=stranger), 404, "not_found")
