"""Staff add a service for a customer: what the page says is what is billed, and it can be undone."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.availability import Obstacle
from billing.domain.order import Status
from billing.handlers import handlers
from billing.models import AuditEvent, CreditNote, Invoice, Order, Quote, Segment, Subscription
from billing.queries.ledger_differences import differences
from billing.queries.service_desk import service_desk
from billing.usecases.place_order import Request, place_order
from shared import clock
from shared.contracts.billing import OrderRequested, SubscriptionActivated
from shared.errors import NotFound
from shared.testing import hear, told

from .conftest import CUSTOMER, robert

FIBRE, ROUTER, BUNDLE = "plan_fibre", "plan_router", "plan_bundle"
HERE = f"/admin/billing/customers/{CUSTOMER}"
ALL = ("orders.view", "orders.approve", "customers.view")


@pytest.fixture
def staff(desk: Any, sign_in_staff: Any) -> Any:
    """
    Somebody who may add services: a function that posts, giving the answer.
    """
    csrf = sign_in_staff(desk, *ALL)

    def post(path: str, **fields: str) -> Any:
        return desk.post(path, data={"csrf_token": csrf, **fields})

    return post


def quoted(staff: Any, kind: str = "internet", plan_id: str = FIBRE, **more: str) -> str:
    form = {"kind": kind, "plan_id": plan_id, "starts_on": "2026-11-20", **more}
    answer = staff(f"{HERE}/add-service/quote", **form)
    assert answer.status_code == 200, answer.text
    found = re.search(r'name="quote_id" value="(quo_\w+)"', answer.text)
    assert found, answer.text
    return found[1]


def add(staff: Any, *args: str, **more: str) -> None:
    assert staff(f"{HERE}/add-service", quote_id=quoted(staff, *args, **more)).status_code == 303


def rows(shop: Any, record: Any) -> list[Any]:
    with shop.db.read() as session:
        return list(session.scalars(select(record)))


def test_what_is_quoted_is_added_and_billed(shop: Any, desk: Any, staff: Any) -> None:
    quote_id = quoted(staff)
    assert rows(shop, Order) == []

    answer = staff(f"{HERE}/add-service", quote_id=quote_id)
    again = staff(f"{HERE}/add-service", quote_id=quote_id)

    assert (answer.status_code, again.status_code) == (303, 409)
    (service,) = rows(shop, Subscription)
    assert (service.name, service.status, service.on_approve) == ("Fibre 100", "active", False)
    assert (service.starts_on, service.charged_through) == (date(2026, 11, 20), date(2026, 12, 1))
    (bill,) = rows(shop, Invoice)
    assert (bill.total_minor, bill.open_minor, bill.due_on) == (1100, 1100, date(2026, 12, 5))
    (order,) = rows(shop, Order)
    assert (order.status, order.approval, order.channel) == ("active", "done", "staff")
    facts = told(shop.db)
    assert not any(isinstance(fact, OrderRequested) for fact in facts)
    assert sum(isinstance(fact, SubscriptionActivated) for fact in facts) == 1
    assert "service_added" in [entry.action for entry in rows(shop, AuditEvent)]
    assert "Fibre 100" in desk.get(f"{HERE}/services").text
    with shop.db.read() as session:
        assert differences(session) == []


def test_it_may_start_in_the_running_period_or_ahead_but_not_before(shop: Any, staff: Any) -> None:
    for day in ("2026-10-31", "2027-11-21", "soon"):
        form = {"kind": "internet", "plan_id": FIBRE, "starts_on": day}
        assert staff(f"{HERE}/add-service/quote", **form).status_code == 422
    assert rows(shop, Quote) == []

    add(staff, starts_on="2026-11-01")
    add(staff, starts_on="2026-12-10")

    services = {service.starts_on: service.status for service in rows(shop, Subscription)}
    assert services == {date(2026, 11, 1): "active", date(2026, 12, 10): "pending"}
    assert sorted(bill.total_minor for bill in rows(shop, Invoice)) == [2129, 3000]


def test_another_price_and_name_stay_with_the_service_and_need_a_reason(shop: Any, staff: Any) -> None:
    form = {"kind": "internet", "plan_id": FIBRE, "starts_on": "2026-11-01", "price": "12,00"}
    assert staff(f"{HERE}/add-service/quote", **form).status_code == 422

    add(staff, starts_on="2026-11-01", price="12,00", reason="Friend", description="Fibre for a friend")

    (service,), (segment,), (bill,) = rows(shop, Subscription), rows(shop, Segment), rows(shop, Invoice)
    assert (service.name, service.price_minor, segment.price_minor) == ("Fibre for a friend", 1200, 1200)
    assert [(line.label, line.amount_minor) for line in bill.lines] == [("Fibre for a friend", 1200)]
    (noted,) = [each for each in rows(shop, AuditEvent) if each.action == "service_added"]
    assert (noted.details["reason"], noted.details["plan"]) == ("Friend", "Fibre 100")


def test_bundles_and_single_items_are_added_alike(shop: Any, staff: Any) -> None:
    add(staff, "bundle", BUNDLE)
    add(staff, "one_time", ROUTER, quantity="2")

    assert sorted(bill.total_minor for bill in rows(shop, Invoice)) == [2907, 12000]
    assert sorted(service.name for service in rows(shop, Subscription)) == [
        "Fibre 100",
        "Home Plus",
        "Home phone",
    ]
    too_many = {"kind": "one_time", "plan_id": ROUTER, "starts_on": "2026-11-20", "quantity": "6"}
    answer = staff(f"{HERE}/add-service/quote", **too_many)
    assert (answer.status_code, "Choose between 1 and 5." in answer.text) == (422, True)


def test_the_page_says_why_a_plan_cannot_be_added(shop: Any, desk: Any, staff: Any) -> None:
    hear(shop.db, handlers, robert(version=9, location_id="loc_here", label_ids=("lab_home",)))
    shop.plan("plan_far", "20.00", name="Far", location_ids=("loc_far",), hidden_on_admin=True)
    shop.plan("plan_portal", "20.00", name="Portal", location_ids=("loc_far",))
    shop.plan("plan_vip", "20.00", name="Vip", label_ids=("lab_vip",), hidden_on_admin=True)
    shop.plan("plan_off", "20.00", name="Off", enabled=False)
    shop.plan("plan_north", "20.00", name="North", partner_ids=("par_north",))
    shop.plan("plan_daily", "20.00", name="Daily", billing_types=("prepaid_daily",))

    with shop.db.read() as session:
        found = service_desk(session, CUSTOMER, kind="internet", scope=None, now=clock.now())
        scoped = service_desk(
            session, CUSTOMER, kind="internet", scope=frozenset({found.customer.partner_id}), now=clock.now()
        )

    assert [plan.name for plan in found.plans] == ["Portal", "Fibre 100"]
    assert {plan.name: plan.why for plan in found.hidden} == {
        "Far": (Obstacle.LOCATION,),
        "Vip": (Obstacle.LABELS,),
        "Off": (Obstacle.NOT_SOLD,),
        "North": (Obstacle.PARTNER,),
        "Daily": (Obstacle.BILLING_TYPE,),
    }
    assert "North" not in [plan.name for plan in scoped.hidden]
    page = desk.get(f"{HERE}/add-service?kind=internet").text
    assert "It is not sold at the customer" in page
    forced = {"kind": "internet", "plan_id": "plan_far", "starts_on": "2026-11-20"}
    assert staff(f"{HERE}/add-service/quote", **forced).status_code == 422
    assert rows(shop, Quote) == []


def test_customers_cannot_order_what_staff_were_quoted(shop: Any, staff: Any) -> None:
    quote_id = quoted(staff, price="0.01", reason="Friend")

    with pytest.raises(NotFound), shop.db.begin() as session:
        place_order(session, customer_id=CUSTOMER, quote_id=quote_id, how=Request(), now=clock.now())
    assert staff(f"{HERE}/add-service", quote_id=shop.quote(FIBRE).id).status_code == 404
    assert rows(shop, Order) == []


def test_an_added_service_can_be_undone_for_ten_minutes_or_until_its_day(
    shop: Any, staff: Any, travel: Any
) -> None:
    add(staff)
    (order,) = rows(shop, Order)
    for _ in range(2):
        assert staff(f"/admin/billing/orders/{order.id}/undo-adding").status_code == 303

    assert shop.find(order.id).status is Status.TAKEN_BACK
    (service,), (bill,), (note,) = rows(shop, Subscription), rows(shop, Invoice), rows(shop, CreditNote)
    assert (service.status, bill.open_minor, note.total_minor) == ("disabled", 0, 1100)
    with shop.db.read() as session:
        assert differences(session) == []

    add(staff)
    add(staff, starts_on="2026-12-10")
    today, ahead = sorted(rows(shop, Order), key=lambda each: each.number)[1:]
    travel(datetime(2026, 11, 20, 12, 11, tzinfo=UTC))
    assert staff(f"/admin/billing/orders/{today.id}/undo-adding").status_code == 409
    assert staff(f"/admin/billing/orders/{ahead.id}/undo-adding").status_code == 303
    assert shop.find(today.id).status is Status.ACTIVE


def test_a_prepaid_customer_pays_from_the_credit_on_the_day(shop: Any, staff: Any) -> None:
    hear(shop.db, handlers, robert(version=9, billing_type="prepaid"))

    add(staff)

    (service,) = rows(shop, Subscription)
    assert (service.charged_through, rows(shop, Invoice)) == (date(2026, 11, 20), [])


def test_nothing_is_added_for_the_inactive_or_by_those_who_may_not(
    shop: Any, desk: Any, staff: Any, sign_in_staff: Any
) -> None:
    form = {"kind": "internet", "plan_id": FIBRE, "starts_on": "2026-11-20"}
    hear(shop.db, handlers, robert(version=9, status="inactive"))
    answer = staff(f"{HERE}/add-service/quote", **form)
    assert (answer.status_code, "Make the customer active first." in answer.text) == (409, True)

    hear(shop.db, handlers, robert(version=10, status="active"))
    csrf = sign_in_staff(desk, *ALL, partner_ids=["par_00000000000000000000000002"])
    foreign = desk.post(f"{HERE}/add-service/quote", data={"csrf_token": csrf, **form})
    csrf = sign_in_staff(desk, "orders.view")
    weak = desk.post(f"{HERE}/add-service/quote", data={"csrf_token": csrf, **form})

    assert (foreign.status_code, weak.status_code) == (404, 403)
    assert rows(shop, Quote) == []
