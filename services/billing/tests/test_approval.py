"""Approving and rejecting: the calendar stories of docs/algorithms/proration.md, with exact amounts."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from billing.clients.fake_provider import Knob
from billing.domain.order import Approval, OrderMoved, Status
from billing.models import Account, CreditNote, Invoice, Order, Payment, Refund, Subscription
from billing.queries.approval import start_bounds
from billing.usecases.approve_order import approve_order
from billing.usecases.place_order import Request
from billing.usecases.reject_order import RefundTo, reject_order
from billing.usecases.start_subscriptions import start_subscriptions
from shared import clock
from shared.errors import Invalid, NotFound
from shared.testing import told

FIBRE, PHONE, ROUTER, BUNDLE = "plan_fibre", "plan_phone", "plan_router", "plan_bundle"
PARTNER = "par_00000000000000000000000001"


def approve(shop: Any, order_id: str, starts_on: date, partners: Any = None) -> None:
    with shop.db.begin() as session:
        approve_order(session, order_id=order_id, starts_on=starts_on, partner_ids=partners, now=clock.now())


def reject(shop: Any, order_id: str, reason: str = "No cable", to: RefundTo = RefundTo.CARD) -> None:
    with shop.db.begin() as session:
        reject_order(
            session, order_id=order_id, reason=reason, refund_to=to, partner_ids=None, now=clock.now()
        )


def rows(shop: Any, record: Any) -> list[Any]:
    with shop.db.read() as session:
        return list(session.scalars(select(record).order_by(record.created_at)).all())


def account(shop: Any) -> Account:
    with shop.db.read() as session:
        return session.scalars(select(Account)).one()


@pytest.mark.parametrize(
    ("price", "credit"), [("31.00", 1300), ("50.00", 2097), ("100.00", 4194)], ids=["31", "50", "100"]
)
def test_paid_on_the_1st_and_approved_for_the_14th_credits_13_days(
    shop: Any, travel: Any, price: str, credit: int
) -> None:
    travel(datetime(2023, 1, 1, 12, tzinfo=UTC))
    shop.plan("plan_story", price)
    order_id = shop.order("plan_story")
    shop.work()
    travel(datetime(2023, 1, 14, 12, tzinfo=UTC))

    approve(shop, order_id, date(2023, 1, 14))

    (note,) = rows(shop, CreditNote)
    assert (note.total_minor, note.lines[0].days) == (credit, 13)
    assert (note.number, note.status, note.left_minor) == ("202301000001", "refund_due", credit)
    order = shop.find(order_id)
    assert (order.approval, order.credit_minor, order.credited_days) == (Approval.DONE, credit, 13)
    (subscription,) = rows(shop, Subscription)
    assert (subscription.starts_on, subscription.on_approve) == (date(2023, 1, 14), False)
    assert (subscription.activated_on, subscription.charged_through) == (date(2023, 1, 1), date(2023, 2, 1))
    assert account(shop).balance.minor == credit


def test_approved_for_the_day_it_was_paid_makes_no_credit_note(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.work()

    approve(shop, order_id, date(2026, 11, 20))

    assert rows(shop, CreditNote) == []
    assert shop.find(order_id).approval is Approval.DONE
    assert [fact.fact_name for fact in told(shop.db)][-2:] == [
        "billing.order_changed",
        "billing.order_approved",
    ]


def test_approved_for_a_day_before_the_payment_is_refused(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.work()

    with pytest.raises(Invalid) as refused:
        approve(shop, order_id, date(2026, 11, 19))

    assert refused.value.errors[0].code == "too_early"
    assert shop.find(order_id).approval is Approval.OPEN
    assert rows(shop, CreditNote) == []


def test_a_request_may_have_begun_in_the_billing_period_it_was_placed_in(shop: Any) -> None:
    order_id = shop.order(FIBRE, how=Request())
    for day, code in ((date(1900, 1, 1), "too_early"), (date(2026, 10, 31), "too_early")):
        with pytest.raises(Invalid) as refused:
            approve(shop, order_id, day)
        assert refused.value.errors[0].code == code
    assert shop.find(order_id).status is Status.AWAITING_APPROVAL
    assert rows(shop, Invoice) == []

    approve(shop, order_id, date(2026, 11, 1))

    assert [bill.total_minor for bill in rows(shop, Invoice)] == [3000]


def test_the_field_offers_the_days_that_can_be(shop: Any) -> None:
    request, paid = shop.order(FIBRE, how=Request()), shop.order(PHONE)
    shop.work()
    with shop.db.read() as session:
        days = [
            start_bounds(session.get_one(Order, each), account(shop), now=clock.now())
            for each in (request, paid)
        ]

    assert days == [(date(2026, 11, 1), date(2027, 11, 20)), (date(2026, 11, 20), date(2027, 11, 20))]


def test_approving_twice_credits_once(shop: Any, travel: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.work()
    travel(datetime(2026, 11, 25, 12, tzinfo=UTC))
    approve(shop, order_id, date(2026, 11, 25))

    with pytest.raises(OrderMoved):
        approve(shop, order_id, date(2026, 11, 26))

    assert [note.total_minor for note in rows(shop, CreditNote)] == [500]


def test_approved_after_the_paid_period_credits_it_all_and_charges_anew(shop: Any, travel: Any) -> None:
    order_id = shop.order(FIBRE, ROUTER)  # 11.00 for 20 to 30 November and 60.00
    shop.work()
    travel(datetime(2026, 12, 11, 12, tzinfo=UTC))

    approve(shop, order_id, date(2026, 12, 11))

    (note,) = rows(shop, CreditNote)
    first, second = rows(shop, Invoice)
    assert (note.total_minor, note.status) == (1100, "closed")  # the router has no period: kept (D28)
    assert (second.total_minor, second.open_minor) == (2032, 932)  # 30.00 / 31 x 21, less 11.00
    assert second.due_on == date(2026, 12, 26)
    assert (first.open_minor, account(shop).balance.minor) == (0, -932)
    (subscription,) = rows(shop, Subscription)
    assert subscription.charged_through == date(2027, 1, 1)


def test_only_the_plans_that_missed_their_period_are_charged_anew(shop: Any, travel: Any) -> None:
    shop.plan("plan_year", "120.00", interval_months=12, name="Domain")
    order_id = shop.order(FIBRE, "plan_year")
    shop.work()
    travel(datetime(2026, 12, 11, 12, tzinfo=UTC))

    approve(shop, order_id, date(2026, 12, 11))

    note = rows(shop, CreditNote)[0]
    assert sorted(line.amount_minor for line in note.lines) == [690, 1100]  # 21 of 365 days; all of November
    assert [line.label for line in rows(shop, Invoice)[1].lines] == ["Fibre 100"]


def test_a_request_is_billed_from_its_start_when_approved(shop: Any, travel: Any) -> None:
    order_id = shop.order(BUNDLE, ROUTER, how=Request())
    assert shop.find(order_id).status is Status.AWAITING_APPROVAL
    travel(datetime(2026, 11, 26, 12, tzinfo=UTC))

    approve(shop, order_id, date(2026, 11, 26))

    order = shop.find(order_id)
    assert (order.status, order.approval) == (Status.ACTIVE, Approval.DONE)
    (invoice,) = rows(shop, Invoice)
    assert [(line.label, line.amount_minor) for line in invoice.lines] == [
        ("Home Plus", 867),  # 52.00 / 30 x 5
        ("Router", 6000),
        ("Home Plus: activation fee", 1000),
    ]
    assert (invoice.open_minor, invoice.due_on) == (7867, date(2026, 12, 11))
    subscriptions = rows(shop, Subscription)
    assert {(sub.status, sub.starts_on) for sub in subscriptions} == {("active", date(2026, 11, 26))}
    assert account(shop).balance.minor == -7867


def test_a_start_ahead_leaves_the_service_pending_until_the_day(shop: Any, gateway: Any, travel: Any) -> None:
    order_id = shop.order(FIBRE, how=Request())
    approve(shop, order_id, date(2026, 12, 1))
    assert shop.find(order_id).status is Status.APPROVED
    assert gateway.get(f"/orders/{order_id}").get_json()["starts_on"] == "2026-12-01"
    assert start_subscriptions(shop.db) == 0

    travel(datetime(2026, 12, 1, 0, 0, 1, tzinfo=UTC))
    assert start_subscriptions(shop.db) == 1

    assert shop.find(order_id).status is Status.ACTIVE
    assert [sub.status for sub in rows(shop, Subscription)] == ["active"]
    assert [invoice.total_minor for invoice in rows(shop, Invoice)] == [3000]


def test_staff_of_another_partner_find_no_order(shop: Any) -> None:
    order_id = shop.order(FIBRE, how=Request())

    with pytest.raises(NotFound):
        approve(shop, order_id, date(2026, 11, 20), frozenset({"par_other"}))

    assert shop.find(order_id).status is Status.AWAITING_APPROVAL


def test_a_rejected_request_ends_without_documents(shop: Any) -> None:
    order_id = shop.order(FIBRE, how=Request())

    reject(shop, order_id, "Not in your street")

    order = shop.find(order_id)
    assert (order.status, order.reason) == (Status.REJECTED, "Not in your street")
    assert [sub.status for sub in rows(shop, Subscription)] == ["disabled"]
    assert rows(shop, Invoice) == []


def test_a_rejected_paid_order_is_credited_and_paid_back(shop: Any) -> None:
    order_id = shop.order(BUNDLE, ROUTER)
    shop.work()

    reject(shop, order_id)
    shop.work()

    (note,) = rows(shop, CreditNote)
    (refund,) = rows(shop, Refund)
    assert (note.total_minor, note.tax_minor, note.status) == (8907, 1666, "refunded")
    assert (refund.amount_minor, refund.status) == (8907, "succeeded")
    assert [payment.status for payment in rows(shop, Payment)] == ["refunded"]
    assert shop.find(order_id).status is Status.REFUNDED
    assert account(shop).balance.minor == 0
    assert [money.minor for money in shop.provider.refunds.values()] == [8907]


def test_the_money_of_a_rejected_order_may_stay_as_credit(shop: Any) -> None:
    order_id = shop.order(FIBRE)
    shop.work()

    reject(shop, order_id, to=RefundTo.BALANCE)
    shop.work()

    assert shop.find(order_id).status is Status.REJECTED
    assert rows(shop, Refund) == []
    assert account(shop).balance.minor == 1100


@pytest.mark.parametrize("knob", [Knob.HANG_AFTER, Knob.DOWN])
def test_a_refund_without_an_answer_goes_back_once(shop: Any, knob: Knob) -> None:
    order_id = shop.order(FIBRE)
    shop.work()
    reject(shop, order_id)
    shop.provider.knob = knob
    shop.work()
    assert rows(shop, Refund)[0].status == "pending"

    shop.provider.knob = Knob.SUCCEED
    shop.later()

    assert [money.minor for money in shop.provider.refunds.values()] == [1100]
    assert shop.find(order_id).status is Status.REFUNDED


def test_rejecting_needs_a_reason(shop: Any) -> None:
    order_id = shop.order(FIBRE, how=Request())

    with pytest.raises(Invalid):
        reject(shop, order_id, "   ")

    assert shop.find(order_id).status is Status.AWAITING_APPROVAL
