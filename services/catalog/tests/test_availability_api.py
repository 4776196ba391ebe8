"""What the gateway is told when it asks what a customer may order."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from catalog.domain.plan import Kind
from shared.db import Database
from shared.money import Money
from shared.testing import answers_problem, as_bearer

ROBERT = {
    "partner_id": "par_1",
    "location_id": "loc_1",
    "category": "individual",
    "billing_type": "recurring",
    "label_ids": ["lab_1"],
}

Sell = Callable[..., str]
Ask = Callable[..., Any]


@pytest.fixture
def ask(client: FlaskClient, service_token: Callable[..., str]) -> Ask:
    def post(body: dict[str, Any], path: str = "/api/v1/availability") -> Any:
        return client.post(path, json=body, headers=as_bearer(service_token("catalog")))

    return post


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.get_data(as_text=True)
    return [item["name"] for item in response.get_json()["items"]]


def test_plans_stand_in_the_order_of_kinds_then_price(ask: Ask, sell: Sell) -> None:
    sell("Router", "60.00", kind=Kind.ONE_TIME)
    member = sell("Fibre 300", "38.00")
    sell("Fibre 100", "30.00")
    sell("Home phone", "10.00", kind=Kind.VOICE)
    sell("Static IP", "5.00", kind=Kind.RECURRING)
    sell("Home Plus", "52.00", kind=Kind.BUNDLE, member_ids=(member,))

    answer = ask({"customer": ROBERT})

    assert names(answer) == ["Home Plus", "Fibre 100", "Fibre 300", "Home phone", "Static IP", "Router"]


def test_an_offer_says_everything_a_card_shows(ask: Ask, sell: Sell) -> None:
    member = sell("Fibre 300", "38.00")
    bundle = sell(
        "Home Plus",
        "52.00",
        kind=Kind.BUNDLE,
        member_ids=(member,),
        description="Two in one.",
        details="12 months.",
        bullets=("Fibre 300",),
        contract_months=12,
        auto_renewal=True,
        early_end_fee=Money(6000, "EUR"),
    )

    offer = ask({"customer": ROBERT, "plan_ids": [bundle]}).get_json()["items"]

    assert offer == [
        {
            "id": bundle,
            "version": 1,
            "kind": "bundle",
            "name": "Home Plus",
            "description": "Two in one.",
            "details": "12 months.",
            "bullets": ["Fibre 300"],
            "price": {"amount": "52.00", "currency": "EUR"},
            "interval_months": 1,
            "prepaid_days": 0,
            "included_mb": 0,
            "activation_fee": {"amount": "0.00", "currency": "EUR"},
            "contract_months": 12,
            "auto_renewal": True,
            "cancellation_fee": {"amount": "0.00", "currency": "EUR"},
            "early_end_fee": {"amount": "60.00", "currency": "EUR"},
            "max_quantity": 1,
            "members": [{"id": member, "name": "Fibre 300"}],
        }
    ]


def test_what_this_customer_may_not_order_is_left_out(ask: Ask, sell: Sell) -> None:
    sell("For everybody")
    sell("For business", categories=("business",))
    sell("Elsewhere", location_ids=("loc_2",))
    sell("For another label", label_ids=("lab_2",))
    sell("Only by staff", shown_on_portal=False)
    sell("Switched off", enabled=False)

    assert names(ask({"customer": ROBERT})) == ["For everybody"]


def test_unknown_plan_ids_are_simply_not_offered(ask: Ask, sell: Sell) -> None:
    plan = sell("Fibre 100")

    assert names(ask({"customer": ROBERT, "plan_ids": ["plan_none", plan]})) == ["Fibre 100"]
    assert names(ask({"customer": ROBERT, "plan_ids": []})) == []


def test_explanations_name_every_layer_that_stands_in_the_way(ask: Ask, sell: Sell) -> None:
    plan = sell("For business", categories=("business",), location_ids=("loc_2",))

    answer = ask({"customer": ROBERT, "plan_ids": [plan]}, "/api/v1/availability/explanations").get_json()

    assert answer["items"] == [
        {
            "id": plan,
            "name": "For business",
            "kind": "internet",
            "available": False,
            "obstacles": [
                {"layer": "location", "allowed": ["loc_2"], "has": ["loc_1"]},
                {"layer": "category", "allowed": ["business"], "has": ["individual"]},
            ],
        }
    ]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/customer"),
        ({"customer": {**ROBERT, "category": "everybody"}}, "#/customer/category"),
        ({"customer": {**ROBERT, "admin": True}}, "#/customer/admin"),
        ({"customer": ROBERT, "audience": "admin"}, "#/audience"),
        ({"customer": ROBERT, "plan_ids": "plan_1"}, "#/plan_ids"),
    ],
    ids=["nobody", "unknown category", "extra fact", "extra field", "no list"],
)
def test_a_question_that_is_not_clear_names_the_field(ask: Ask, body: dict[str, Any], pointer: str) -> None:
    problem = answers_problem(ask(body), 422, "validation_failed")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_only_the_gateway_itself_may_ask(client: FlaskClient, service_token: Callable[..., str]) -> None:
    as_customer = as_bearer(service_token("catalog", "cus_1", "par_1"))
    for_billing = as_bearer(service_token("billing"))
    path, body = "/api/v1/availability", {"customer": ROBERT}

    answers_problem(client.post(path, json=body), 401, "authentication_required")
    answers_problem(client.post(path, json=body, headers=for_billing), 401, "authentication_required")
    answers_problem(client.post(path, json=body, headers=as_customer), 403, "not_allowed")


def test_asking_changes_nothing(ask: Ask, sell: Sell, database: Database) -> None:
    sell("Fibre 100")
    with database.read() as session:
        before = session.connection().exec_driver_sql("SELECT count(*) FROM outbox").scalar()

    ask({"customer": ROBERT})

    with database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM outbox").scalar() == before


def changes(ask: Ask, from_plan_id: str) -> list[str]:
    body = {"customer": ROBERT, "from_plan_id": from_plan_id}
    return names(ask(body, "/api/v1/availability/changes"))


def test_one_may_change_to_what_the_present_plan_lists_cheapest_first(ask: Ask, sell: Sell) -> None:
    big, small = sell("Fibre 500", "45.00"), sell("Fibre 100", "30.00")
    sell("Fibre 1000", "60.00")

    assert changes(ask, sell("Fibre 300", "38.00", change_target_ids=(big, small))) == [
        "Fibre 100",
        "Fibre 500",
    ]


def test_a_plan_to_change_to_need_not_be_sold_new_in_the_portal(ask: Ask, sell: Sell) -> None:
    quiet = sell("Fibre 500", "45.00", shown_on_portal=False)

    assert changes(ask, sell("Fibre 300", "38.00", change_target_ids=(quiet,))) == ["Fibre 500"]


def test_a_plan_for_others_cannot_be_changed_to(ask: Ask, sell: Sell) -> None:
    theirs = sell("Fibre North", "45.00", partner_ids=("par_2",))

    assert changes(ask, sell("Fibre 300", "38.00", change_target_ids=(theirs,))) == []


def test_changing_from_an_unknown_plan_is_refused(ask: Ask) -> None:
    answer = ask({"customer": ROBERT, "from_plan_id": "plan_none"}, "/api/v1/availability/changes")

    answers_problem(answer, 404, "plan_not_found")


@pytest.mark.parametrize(("billing_type", "days"), [("prepaid", 30), ("prepaid_daily", 0), ("recurring", 0)])
def test_a_period_of_days_is_for_prepaid_customers(
    ask: Ask, sell: Sell, billing_type: str, days: int
) -> None:
    sell("Mobile", "10.00", included_mb=5000, prepaid_days=30)

    (offer,) = ask({"customer": ROBERT | {"billing_type": billing_type}}).get_json()["items"]

    assert (offer["prepaid_days"], offer["included_mb"]) == (days, 5000)
