"""
What the public API says to everything it should not be sent, and that it does nothing else about it.

Each refusal has the status and the code of ux.md 3.2, points at the field that is wrong, and leaves no trace
in any service, nor at the payment provider.
"""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared import clock
from tests.journeys.world import Person, World
from tests.security.evidence import ask, quiet, refused, untouched
from tests.security.shelf import put_on_shelf, set_price

FIBRE, STATIC_IP, TV, ROUTER = (f"plan_{number:026}" for number in (103, 301, 302, 401))
HIDDEN, NORTHERN, UNKNOWN = (f"plan_{number:026}" for number in (901, 902, 999))
NORTH = f"par_{2:026}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, keys_dir: Path) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("world"), keys_dir).alive() as world:
        put_on_shelf(world, HIDDEN, shown_on_portal=False)
        put_on_shelf(world, NORTHERN, partner_ids=(NORTH,))
        quiet(world)
        yield world


@pytest.fixture(scope="module")
def signed_in(world: World) -> Person:
    return world.sign_in("prepaid")


@pytest.fixture
def elena(world: World, signed_in: Person) -> Person:
    """Elena with an empty basket, while nothing else is going on."""
    ask(signed_in, "DELETE", "/basket")
    quiet(world)
    return signed_in


def order_of(person: Person, *names: str) -> dict[str, Any]:
    card = person.card("4242")
    return {"quote_id": person.quote(*names)["id"], "payment": {"payment_method_id": card}}


@pytest.mark.parametrize(
    "plan_id",
    [
        pytest.param(UNKNOWN, id="unknown"),
        pytest.param(HIDDEN, id="hidden"),
        pytest.param(NORTHERN, id="of another partner"),
        pytest.param("' OR 1=1--", id="injected"),
    ],
)
def test_only_what_is_offered_can_be_put_in_the_basket(world: World, elena: Person, plan_id: str) -> None:
    with untouched(world):
        answer = ask(elena, "POST", "/basket/items", json={"plan_id": plan_id})
    refused(answer, 422, "product_not_available", "#/plan_id")


QUANTITIES = [
    pytest.param("0", 422, id="0"),
    pytest.param("-1", 422, id="-1"),
    pytest.param("6", 422, id="one more than may be had"),
    pytest.param("1000000000", 422, id="a thousand millions"),
    pytest.param("9" * 400, 422, id="400 digits"),
    pytest.param("1e9", 422, id="1e9"),
    pytest.param("1.5", 422, id="1.5"),
    pytest.param("1.0", 422, id="1.0"),
    pytest.param('"1e3"', 422, id="1e3 as text"),
    pytest.param('"1"', 422, id="1 as text"),
    pytest.param("true", 422, id="true"),
    pytest.param("null", 422, id="null"),
    pytest.param("[1]", 422, id="a list"),
    pytest.param("NaN", 400, id="NaN"),
    pytest.param("Infinity", 400, id="Infinity"),
    pytest.param("9" * 5000, 400, id="5000 digits"),
]


@pytest.mark.parametrize(("quantity", "status"), QUANTITIES)
def test_a_quantity_is_a_small_whole_number(world: World, elena: Person, quantity: str, status: int) -> None:
    body = f'{{"plan_id": "{ROUTER}", "quantity": {quantity}}}'
    with untouched(world):
        answer = ask(elena, "POST", "/basket/items", data=body, content_type="application/json")
    if status == 400:
        refused(answer, 400, "malformed_request")
    else:
        refused(answer, 422, "validation_failed", "#/quantity")


@pytest.mark.parametrize("quantity", [0, -1, 6, 10**9, 1.5, "1e3", True])
def test_a_line_is_not_changed_to_a_strange_quantity(world: World, elena: Person, quantity: Any) -> None:
    basket = elena.post("/basket/items", {"plan_id": ROUTER, "quantity": 1})
    with untouched(world):
        path, headers = f"/basket/items/{basket['items'][0]['id']}", {"If-Match": "*"}
        answer = ask(elena, "PATCH", path, json={"quantity": quantity}, headers=headers)
    refused(answer, 422, "validation_failed", "#/quantity")


def test_more_of_it_in_several_steps_is_still_too_many(world: World, elena: Person) -> None:
    elena.post("/basket/items", {"plan_id": ROUTER, "quantity": 3})
    with untouched(world):
        answer = ask(elena, "POST", "/basket/items", json={"plan_id": ROUTER, "quantity": 3})
    refused(answer, 422, "validation_failed", "#/quantity")


MONEY = ("price", "fee", "discount", "total", "status", "partner_id", "customer_id", "version", "approved")


@pytest.mark.parametrize("field", MONEY)
@pytest.mark.parametrize("path", ["/basket/items", "/quotes", "/orders", "/payments"])
def test_nobody_names_a_price_or_a_status(world: World, elena: Person, path: str, field: str) -> None:
    good = {
        "/basket/items": {"plan_id": ROUTER, "quantity": 1},
        "/quotes": {"kind": "order"},
        "/orders": {"quote_id": "quo_1", "payment": {"source": "new_card"}},
        "/payments": {"order_id": "ord_1", "payment": {"source": "new_card"}},
    }
    with untouched(world):
        answer = ask(elena, "POST", path, json={**good[path], field: "0.01"}, key=elena.new_key())
    refused(answer, 422, "validation_failed", f"#/{field}")


def test_an_unknown_field_deep_inside_is_pointed_at(world: World, elena: Person) -> None:
    body = {"quote_id": "quo_1", "payment": {"source": "new_card", "amount": "0.01"}}
    with untouched(world):
        answer = ask(elena, "POST", "/orders", json=body, key=elena.new_key())
    refused(answer, 422, "validation_failed", "#/payment/amount")


def test_an_empty_basket_has_no_price(world: World, elena: Person) -> None:
    with untouched(world):
        answer = ask(elena, "POST", "/quotes", json={"kind": "order"})
    refused(answer, 409, "basket_empty")


def test_a_price_that_moved_since_the_basket_is_shown_first(world: World, elena: Person) -> None:
    basket = elena.post("/basket/items", {"plan_id": TV, "quantity": 1})
    set_price(world, TV, "19.00")
    with untouched(world):
        answer = ask(elena, "POST", "/quotes", json={"kind": "order"})
    assert "19.00" in refused(answer, 409, "basket_changed")["detail"]

    path = f"/basket/items/{basket['items'][0]['id']}"
    ask(elena, "PATCH", path, json={"quantity": 1}, headers={"If-Match": "*"})  # accepts the new price
    assert elena.post("/quotes", {"kind": "order"})["lines"]


def test_a_price_that_moved_since_the_quote_charges_nothing(world: World, elena: Person) -> None:
    body = order_of(elena, "Static IP")
    set_price(world, STATIC_IP, "6.00")
    with untouched(world):
        answer = ask(elena, "POST", "/orders", json=body, key=elena.new_key())
    refused(answer, 409, "quote_changed")


def test_an_expired_quote_charges_nothing(world: World, elena: Person, travel: Callable[..., None]) -> None:
    body = order_of(elena, "Fibre 500")
    travel(clock.now() + timedelta(minutes=16))
    with untouched(world):
        answer = ask(elena, "POST", "/orders", json=body, key=elena.new_key())
    refused(answer, 410, "quote_expired")


def test_the_back_button_finds_the_quote_used(world: World, elena: Person) -> None:
    body = order_of(elena, "Fibre 500")
    first = elena.post("/orders", body, key=elena.new_key())
    quiet(world)
    with untouched(world):
        again = ask(elena, "POST", "/orders", json=body, key=elena.new_key())
        as_request = {"quote_id": body["quote_id"], "mode": "request"}
        refused(ask(elena, "POST", "/orders", json=as_request, key=elena.new_key()), 409, "quote_used")
    assert refused(again, 409, "quote_used")["params"]["order_id"] == first["id"]


def test_a_second_click_gets_the_first_answer(world: World, elena: Person) -> None:
    body, key = order_of(elena, "Fibre 500"), elena.new_key()
    first = ask(elena, "POST", "/orders", json=body, key=key)
    quiet(world)
    with untouched(world):
        second = ask(elena, "POST", "/orders", json=body, key=key)
    assert (first.status_code, first.json["id"]) == (second.status_code, second.json["id"])
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_second_tab_cannot_change_a_basket_it_has_not_seen(world: World, elena: Person) -> None:
    first = ask(elena, "POST", "/basket/items", json={"plan_id": ROUTER})
    seen, path = first.headers["ETag"], f"/basket/items/{first.json['items'][0]['id']}"
    elena.post("/basket/items", {"plan_id": TV})
    with untouched(world):
        late = {"headers": {"If-Match": seen}}
        refused(ask(elena, "PATCH", path, json={"quantity": 2}, **late), 412, "precondition_failed")
        refused(ask(elena, "DELETE", path, **late), 412, "precondition_failed")
        refused(ask(elena, "DELETE", "/basket", **late), 412, "precondition_failed")
        refused(
            ask(elena, "POST", "/basket/items", json={"plan_id": FIBRE}, **late), 412, "precondition_failed"
        )
        refused(ask(elena, "PATCH", path, json={"quantity": 2}), 428, "precondition_required")


def test_two_tabs_with_one_basket_order_it_once(world: World, elena: Person) -> None:
    body = order_of(elena, "Fibre 500")
    same = elena.post("/quotes", {"kind": "order"})
    assert same["id"] == body["quote_id"]
    elena.post("/orders", body, key=elena.new_key())
    quiet(world)
    with untouched(world):
        refused(ask(elena, "POST", "/orders", json=body, key=elena.new_key()), 409, "quote_used")


@pytest.mark.parametrize("path", ["/orders", "/payments"])
def test_what_moves_money_needs_a_key(world: World, elena: Person, path: str) -> None:
    with untouched(world):
        refused(ask(elena, "POST", path, json={}), 400, "idempotency_key_required")
        for key in ("k" * 256, "schlüssel", "tab\there"):
            refused(ask(elena, "POST", path, json={}, key=key), 400, "malformed_request")


def test_a_key_is_for_one_body(world: World, elena: Person) -> None:
    body, key = order_of(elena, "Fibre 500"), elena.new_key()
    elena.post("/orders", body, key=key)
    quiet(world)
    with untouched(world):
        other = {**body, "payment": {"source": "new_card"}}
        refused(ask(elena, "POST", "/orders", json=other, key=key), 422, "idempotency_key_reused")


def test_a_refused_body_does_not_use_up_its_key(elena: Person) -> None:
    body, key = order_of(elena, "Fibre 500"), elena.new_key()
    refused(ask(elena, "POST", "/orders", json={**body, "x": 1}, key=key), 422, "validation_failed", "#/x")
    assert elena.post("/orders", body, key=key)["status"] == "active"


MALFORMED = [
    pytest.param(b"{", id="cut off"),
    pytest.param(b"[]", id="a list"),
    pytest.param(b'"text"', id="a text"),
    pytest.param(b'{"plan_id": "a", "plan_id": "b"}', id="duplicate keys"),
    pytest.param(b'{"plan_id": "\xff"}', id="not UTF-8"),
    pytest.param(b'{"plan_id": "\\ud800"}', id="a lone surrogate"),
    pytest.param(b'{"plan_id": "a\\u0000b"}', id="NUL"),
    pytest.param(b"[" * 100_000, id="deep lists"),
    pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, id="deep objects"),
]


@pytest.mark.parametrize("body", MALFORMED)
def test_what_is_no_json_is_not_read(world: World, elena: Person, body: bytes) -> None:
    with untouched(world):
        for path in ("/basket/items", "/orders", "/quotes"):
            sent = {"data": body, "content_type": "application/json"}
            refused(ask(elena, "POST", path, key=elena.new_key(), **sent), 400, "malformed_request")


def test_a_body_over_the_limit_is_not_read(world: World, elena: Person) -> None:
    body = json.dumps({"plan_id": "p" * 1_100_000})
    with untouched(world):
        for path in ("/basket/items", "/orders"):
            sent = {"data": body, "content_type": "application/json"}
            refused(ask(elena, "POST", path, key=elena.new_key(), **sent), 413, "body_too_large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_only_json_is_read(world: World, elena: Person, kind: str) -> None:
    body = json.dumps({"plan_id": ROUTER})
    with untouched(world):
        answer = ask(elena, "POST", "/basket/items", data=body, content_type=kind)
        refused(answer, 415, "unsupported_media_type")
        packed = {"content_type": "application/json", "headers": {"Content-Encoding": "gzip"}}
        refused(ask(elena, "POST", "/quotes", data=body, **packed), 415, "unsupported_media_type")


LISTS = ["/orders", "/payments", "/invoices", "/tickets"]
READS = [*LISTS, "/products", "/basket", "/home", "/services", "/payment-methods", "/payment-options"]


@pytest.mark.parametrize("path", READS)
def test_unknown_parameters_are_named(elena: Person, path: str) -> None:
    document = refused(ask(elena, "GET", f"{path}?colour=red"), 400, "unknown_parameter")
    assert document["params"]["unknown"] == ["colour"]


@pytest.mark.parametrize("path", LISTS)
def test_a_page_has_a_sensible_size_and_a_cursor_of_ours(elena: Person, path: str) -> None:
    for limit in ("0", "-1", "abc", "1.5", "1e3"):
        refused(ask(elena, "GET", f"{path}?limit={limit}"), 422, "validation_failed", "#/limit")
    for cursor in ("zzz", "WzFd", "' OR 1=1--"):
        refused(ask(elena, "GET", f"{path}?cursor={cursor}"), 400, "cursor_mismatch")
    assert ask(elena, "GET", f"{path}?limit=1000000").status_code == 200


def test_what_a_service_refuses_is_said_in_the_language_of_the_caller(elena: Person) -> None:
    body = {"quote_id": elena.quote("Fibre 500")["id"], "payment": {"payment_method_id": "pm_none"}}
    german = elena.headers | {"Idempotency-Key": elena.new_key(), "Accept-Language": "de"}

    answer = elena.client.post("/api/v1/orders", json=body, headers=german)

    assert answer.status_code == 422
    assert [each["detail"] for each in answer.get_json()["errors"]] == [
        "Wählen Sie eine Ihrer gespeicherten Karten."
    ]
