"""What a partner sets about orders: approval by itself, and how long an order may wait."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.order import Approval, OrderMoved, Status
from billing.domain.subscription import Status as ServiceStatus
from billing.models import CreditNote, PartnerSettings, Subscription
from billing.queries.ledger_differences import differences
from billing.usecases.approve_order import approve_order
from billing.usecases.expire_orders import expire_orders
from billing.usecases.place_order import Request, Said
from shared import clock
from shared.contracts.billing import OrderApproved
from shared.testing import told

FIBRE = "plan_fibre"
PARTNER = "par_00000000000000000000000001"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def set_up(shop: Any, **own: Any) -> None:
    with shop.db.begin() as session:
        session.merge(PartnerSettings(partner_id=PARTNER, version=1, own=own))


def subscriptions(shop: Any) -> list[Subscription]:
    with shop.db.read() as session:
        return list(session.scalars(select(Subscription)))


def test_a_paid_order_waits_for_a_person_unless_the_partner_lets_it_pass(shop: Any) -> None:
    waiting = shop.order(FIBRE)
    shop.work()
    set_up(shop, approve_paid=True)
    passing = shop.order(FIBRE)
    shop.work()

    assert shop.find(waiting).approval is Approval.OPEN
    order = shop.find(passing)
    assert (order.status, order.approval) == (Status.ACTIVE, Approval.DONE)
    assert (order.confirmed_start_on, order.credit_minor) == (date(2026, 11, 20), 0)
    assert [sub.on_approve for sub in subscriptions(shop) if sub.order_id == passing] == [False]
    assert [fact.order_id for fact in told(shop.db) if isinstance(fact, OrderApproved)] == [passing]


def test_an_approval_by_itself_starts_on_the_day_wished_for_and_credits_the_days_before(shop: Any) -> None:
    set_up(shop, approve_paid=True)
    order_id = shop.place(shop.quote(FIBRE).id, said=Said(preferred_start_on=date(2026, 11, 25)))
    shop.work()

    (service,) = subscriptions(shop)
    assert (service.status, service.starts_on) == (ServiceStatus.PENDING, date(2026, 11, 25))
    with shop.db.read() as session:
        (note,) = session.scalars(select(CreditNote))
    order = shop.find(order_id)
    assert (note.total_minor, order.credit_minor, order.credited_days) == (500, 500, 5)
    with shop.db.read() as session:
        assert differences(session) == []


def test_an_order_stays_unpaid_for_the_hours_of_its_partner(shop: Any, travel: Any) -> None:
    set_up(shop, unpaid_hours=2)
    order_id = shop.order(FIBRE)

    travel(NOON + timedelta(hours=1, minutes=59))
    assert expire_orders(shop.db, shop.provider) == 0
    travel(NOON + timedelta(hours=2, minutes=1))
    expire_orders(shop.db, shop.provider)

    assert shop.find(order_id).status is Status.EXPIRED


def test_a_request_nobody_confirms_ends_after_the_days_of_its_partner(shop: Any, travel: Any) -> None:
    patient = shop.order(FIBRE, how=Request())
    set_up(shop, request_days=3)
    order_id = shop.order(FIBRE, how=Request())

    travel(NOON + timedelta(days=3, minutes=1))
    expire_orders(shop.db, shop.provider)

    assert (shop.find(patient).status, shop.find(patient).expires_at) == (Status.AWAITING_APPROVAL, None)
    assert (shop.find(order_id).status, shop.find(order_id).approval) == (Status.EXPIRED, None)
    ended = [sub.status for sub in subscriptions(shop) if sub.order_id == order_id]
    assert ended == [ServiceStatus.DISABLED]
    with pytest.raises(OrderMoved), shop.db.begin() as session:
        approve_order(
            session, order_id=order_id, starts_on=date(2026, 11, 23), partner_ids=None, now=clock.now()
        )
