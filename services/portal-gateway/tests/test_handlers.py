"""What the gateway makes of what others tell."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient

from portal_gateway import queries
from portal_gateway.clients.fake import FakeWorld
from portal_gateway.clients.fake_people import DEFAULT, FIBRE, NORTH, QUAY, ROBERT, VISA
from portal_gateway.handlers import handlers
from portal_gateway.models import Basket, LiveEvent, PortalSession
from portal_gateway.usecases.forget_old import forget_old
from shared import clock
from shared.contracts.billing import OrderChanged, PlanChangeOffered, SubscriptionActivated
from shared.contracts.customers import CustomerChanged, PartnerChanged
from shared.contracts.tickets import TicketAnswered
from shared.db import Database
from shared.testing import answers_problem, hear


def north(**changed: object) -> PartnerChanged:
    """
    Return what customers tells about North.
    """
    facts: dict[str, object] = {
        "partner_id": NORTH,
        "version": 1,
        "name": "North",
        "title": "North Net",
        "hue": 160,
        "currency": "EUR",
        "timezone": "Europe/Dublin",
        "languages": ("en", "de"),
        "help_phone": "+353 1 555 0100",
        "help_email": "help@north.example",
    }
    return PartnerChanged(**{**facts, **changed})  # type: ignore[arg-type]


def test_an_offer_moves_the_open_pages_of_its_service(database: Database, client: FlaskClient) -> None:
    about = {"offer_id": "off_1", "subscription_id": "sub_1", "customer_id": ROBERT, "partner_id": DEFAULT}
    fact = PlanChangeOffered(
        **about,
        version=1,
        from_plan_name="Fibre 500",
        to_plan_name="Fibre 100",
        starts_on=date(2026, 12, 1),
        expires_at=clock.now(),
    )

    hear(database, handlers, fact)

    with database.read() as session:
        (event,) = session.query(LiveEvent).all()
    assert (event.customer_id, event.name, event.body) == (ROBERT, "service.updated", {"service_id": "sub_1"})


def gone(status: str = "inactive", *, deleted: bool = False) -> CustomerChanged:
    """
    Return that Robert is not a customer any more.
    """
    return CustomerChanged(
        customer_id=ROBERT,
        partner_id=DEFAULT,
        version=9,
        number=1,
        login="postpaid",
        full_name="Robert Myers",
        status=status,
        category="individual",
        billing_type="recurring",
        location_id=None,
        label_ids=(),
        emails=(),
        billing_emails=(),
        phones=(),
        street="",
        zip_code="",
        city="",
        language="en",
        deleted=deleted,
    )


def order_changed(order_id: str, new: str) -> OrderChanged:
    """
    Return that Robert's order moved.
    """
    return OrderChanged(
        order_id=order_id,
        number=10481,
        customer_id=ROBERT,
        partner_id=DEFAULT,
        version=3,
        old="paying",
        new=new,
    )


def pending_order(client: FlaskClient, headers: dict[str, str], world: FakeWorld) -> str:
    """
    Order something the bank has not answered about.
    """
    world.outcome = "paying"
    client.post("/api/v1/basket/items", json={"plan_id": FIBRE}, headers=headers)
    quote = client.post("/api/v1/quotes", json={"kind": "order"}, headers=headers).json
    body = {"quote_id": quote["id"], "payment": {"payment_method_id": VISA}}
    answer = client.post("/api/v1/orders", json=body, headers={**headers, "Idempotency-Key": "k"})
    return str(answer.json["id"])


def test_a_brand_is_shown_as_it_was_told_last(client: FlaskClient, sign_in, database: Database) -> None:
    hear(database, handlers, north(version=2, title="North & Sons"))
    hear(database, handlers, north(version=1, title="Old North"))

    config = client.get("/api/v1/portal-config", headers=sign_in("requestonly")).json

    assert config["partner"]["title"] == "North & Sons"
    assert config["help"] == {"phone": "+353 1 555 0100", "email": "help@north.example"}


def test_who_is_no_customer_any_more_is_signed_out(client: FlaskClient, sign_in, database: Database) -> None:
    headers = sign_in()

    hear(database, handlers, gone("active", deleted=True))

    answers_problem(client.get("/api/v1/basket", headers=headers), 401, "session_expired")


@pytest.mark.parametrize("status", ["blocked", "inactive"])
def test_who_comes_back_by_paying_stays_signed_in(
    client: FlaskClient, sign_in, database: Database, status: str
) -> None:
    headers = sign_in()

    hear(database, handlers, gone(status))

    assert client.get("/api/v1/basket", headers=headers).status_code == 200


@pytest.mark.parametrize(("new", "left"), [("active", 0), ("failed", 1), ("action_required", 1)])
def test_the_basket_goes_when_its_order_is_paid(
    client: FlaskClient, sign_in, world: FakeWorld, database: Database, new: str, left: int
) -> None:
    headers = sign_in()
    order_id = pending_order(client, headers, world)

    hear(database, handlers, order_changed(order_id, new))

    assert client.get("/api/v1/basket", headers=headers).json["count"] == left


def test_a_basket_changed_since_is_not_emptied_by_the_order_before(
    client: FlaskClient, sign_in, world: FakeWorld, database: Database
) -> None:
    headers = sign_in()
    order_id = pending_order(client, headers, world)
    client.post("/api/v1/basket/items", json={"plan_id": FIBRE}, headers=headers)

    hear(database, handlers, order_changed(order_id, "active"))

    assert client.get("/api/v1/basket", headers=headers).json["count"] == 1


def test_what_happens_is_streamed_to_its_customer_only(database: Database) -> None:
    activated = SubscriptionActivated(
        subscription_id="sub_1",
        customer_id=ROBERT,
        partner_id=DEFAULT,
        version=1,
        plan_id=FIBRE,
        plan_name="Fibre 500",
        kind="internet",
        order_id="ord_1",
        starts_on=date(2026, 11, 20),
    )
    answered = TicketAnswered(
        ticket_id="tkt_1",
        number=31,
        customer_id=QUAY,
        partner_id=NORTH,
        version=2,
        subject_line="Order",
        by="agent",
        status="waiting_on_customer",
    )

    for fact in (order_changed("ord_1", "active"), activated, answered):
        hear(database, handlers, fact)

    with database.read() as session:
        seen = queries.live_events(session, customer_id=ROBERT, after=0)
        later = queries.live_events(session, customer_id=ROBERT, after=seen[0].number)
    assert [(each.name, each.body) for each in seen] == [
        ("order.updated", {"order_id": "ord_1", "status": "active"}),
        ("service.updated", {"service_id": "sub_1"}),
    ]
    assert [each.name for each in later] == ["service.updated"]


def test_old_baskets_sessions_and_events_are_forgotten(
    client: FlaskClient, sign_in, world: FakeWorld, database: Database
) -> None:
    headers = sign_in()
    order_id = pending_order(client, headers, world)
    hear(database, handlers, order_changed(order_id, "paying"))

    forget_old(database, now=clock.real_now() + timedelta(days=29))
    assert client.get("/api/v1/basket", headers=headers).json["count"] == 1
    forget_old(database, now=clock.real_now() + timedelta(days=31))

    with database.read() as session:
        assert [session.query(kind).count() for kind in (Basket, PortalSession, LiveEvent)] == [0, 0, 0]
