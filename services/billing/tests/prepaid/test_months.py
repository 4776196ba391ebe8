"""Prepaid by the month: renewals, pauses and returns, with exact amounts (docs/algorithms/prepaid.md)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.domain.line import Code
from billing.domain.subscription import Status
from billing.models import Account, DataLot, Invoice, Segment, Subscription
from billing.usecases.place_order import Request
from billing.usecases.reject_order import RefundTo, reject_order
from billing.usecases.renew_prepaid import renew_prepaid
from billing.usecases.start_subscriptions import start_subscriptions
from shared import clock

CUSTOMER = "cus_00000000000000000000000001"
MOBILE, TV = "plan_mobile", "plan_tv"


def test_a_month_is_paid_from_the_credit_when_it_begins(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.top_up("40.00")

    wallet.walk(date(2026, 11, 20), date(2027, 1, 25))

    assert wallet.lines() == [
        ("2026-11-20", "2026-12-19", "15.00"),
        ("2026-12-20", "2027-01-19", "15.00"),
        ("2027-01-20", "2027-02-19", "15.00"),
    ]
    assert wallet.credit() == "10.00"
    assert wallet.service().charged_through == date(2027, 2, 20)


def test_a_renewal_is_one_paid_bill_with_its_number(wallet: Any) -> None:
    wallet.shop.order(MOBILE, TV)
    wallet.work()
    wallet.top_up("25.00")
    wallet.day(date(2026, 12, 20))

    with wallet.shop.db.read() as session:
        first, renewal = session.scalars(select(Invoice).order_by(Invoice.id)).all()
        assert (renewal.total_minor, renewal.open_minor, len(renewal.lines)) == (2500, 0, 2)
        assert int(renewal.number) == int(first.number) + 1
        assert renewal.issued_on == renewal.due_on == date(2026, 12, 20)
        assert {line.code for line in renewal.lines} == {Code.RECURRING}


def test_nothing_happens_before_its_day_begins_where_the_partner_is(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.top_up("15.00")
    wallet.travel(datetime(2026, 12, 19, 23, 59, tzinfo=UTC))
    wallet.work()
    assert len(wallet.lines()) == 1

    wallet.travel(datetime(2026, 12, 20, 0, 0, tzinfo=UTC))
    wallet.work()
    assert len(wallet.lines()) == 2


@pytest.mark.parametrize(
    ("start", "begins"),
    [
        (date(2027, 1, 31), ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        (date(2028, 1, 31), ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"]),
        (date(2028, 2, 29), ["2028-02-29", "2028-03-29", "2028-04-29", "2028-05-29"]),
    ],
)
def test_periods_keep_the_day_they_began_on(wallet: Any, start: date, begins: list[str]) -> None:
    wallet.day(start)
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.top_up("60.00")

    wallet.walk(start, date(start.year, 5, 31))

    assert [first for first, _, _ in wallet.lines()] == begins


def test_periods_of_days_do_not_look_at_months(wallet: Any) -> None:
    wallet.shop.plan("plan_week", "4.00", name="Week", prepaid_days=7)
    wallet.shop.order("plan_week")
    wallet.work()
    wallet.top_up("8.00")

    wallet.walk(date(2026, 11, 20), date(2026, 12, 10))

    assert wallet.lines("plan_week") == [
        ("2026-11-20", "2026-11-26", "4.00"),
        ("2026-11-27", "2026-12-03", "4.00"),
        ("2026-12-04", "2026-12-10", "4.00"),
    ]
    assert wallet.service("plan_week").status is Status.ACTIVE
    wallet.day(date(2026, 12, 11))
    assert wallet.service("plan_week").status is Status.PAUSED


def test_what_follows_an_order_is_said_in_days(wallet: Any) -> None:
    wallet.shop.plan("plan_week", "4.00", name="Week", prepaid_days=7)
    quote = wallet.shop.quote("plan_week")

    assert (quote.total_minor, quote.then_minor, quote.then_days) == (400, 400, 7)
    assert quote.then_from_on == date(2026, 11, 27)


def test_a_service_the_credit_does_not_pay_for_is_paused(wallet: Any) -> None:
    wallet.shop.order(MOBILE, TV)
    wallet.work()
    wallet.top_up("12.00")
    wallet.day(date(2026, 12, 20))

    assert wallet.statuses() == {MOBILE: Status.PAUSED, TV: Status.ACTIVE}
    assert wallet.credit() == "2.00"
    assert wallet.service().short_since_on == date(2026, 12, 20)
    assert wallet.lines() == [("2026-11-20", "2026-12-19", "15.00")]


def test_a_paused_service_comes_back_for_a_new_period_and_the_gap_is_free(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.walk(date(2026, 12, 19), date(2027, 1, 4))
    assert wallet.service().status is Status.PAUSED

    wallet.top_up("31.00")
    wallet.work()
    wallet.walk(date(2027, 1, 5), date(2027, 2, 4))

    assert wallet.service().status is Status.ACTIVE
    assert wallet.lines() == [
        ("2026-11-20", "2026-12-19", "15.00"),
        ("2027-01-04", "2027-02-03", "15.00"),
        ("2027-02-04", "2027-03-03", "15.00"),
    ]
    assert wallet.credit() == "1.00"
    with wallet.shop.db.read() as session:
        query = select(Segment.from_on, Segment.until_on).filter_by(plan_id=MOBILE).order_by(Segment.from_on)
        assert [tuple(row) for row in session.execute(query)] == [
            (date(2026, 11, 20), date(2026, 12, 20)),
            (date(2027, 1, 4), None),
        ]


def test_too_little_brings_nothing_back(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.day(date(2026, 12, 20))
    wallet.top_up("14.99")
    wallet.work()

    assert (wallet.service().status, wallet.credit()) == (Status.PAUSED, "14.99")


def test_paused_services_come_back_together(wallet: Any) -> None:
    wallet.shop.order(MOBILE, TV)
    wallet.work()
    wallet.day(date(2026, 12, 20))
    wallet.top_up("20.00")
    wallet.work()
    assert wallet.statuses() == {MOBILE: Status.PAUSED, TV: Status.PAUSED}

    wallet.top_up("5.00")
    wallet.work()
    assert wallet.statuses() == {MOBILE: Status.ACTIVE, TV: Status.ACTIVE}
    assert wallet.credit() == "0.00"


def test_or_one_by_one_where_the_account_says_so(wallet: Any) -> None:
    wallet.shop.order(MOBILE, TV)
    wallet.work()
    wallet.set(reactivate_one_by_one=True)
    wallet.day(date(2026, 12, 20))
    wallet.top_up("20.00")
    wallet.work()

    assert wallet.statuses() == {MOBILE: Status.ACTIVE, TV: Status.PAUSED}
    assert wallet.credit() == "5.00"


@pytest.mark.parametrize("switch", [{"reactivate_prepaid": False}, {"process_prepaid": False}])
def test_or_not_by_themselves(wallet: Any, switch: dict[str, bool]) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.day(date(2026, 12, 20))
    wallet.set(**switch)
    wallet.top_up("20.00")
    wallet.work()

    assert (wallet.service().status, wallet.credit()) == (Status.PAUSED, "20.00")


def test_renewals_wait_while_prepaid_is_not_processed_and_are_made_up_for(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.top_up("15.00")
    wallet.set(process_prepaid=False)
    wallet.day(date(2026, 12, 22))
    assert len(wallet.lines()) == 1

    wallet.set(process_prepaid=True)
    wallet.work()
    assert wallet.lines()[1] == ("2026-12-20", "2027-01-19", "15.00")


def test_after_a_standstill_every_period_is_made_up_for_in_order(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.top_up("35.00")

    wallet.day(date(2027, 6, 1))

    assert wallet.lines() == [
        ("2026-11-20", "2026-12-19", "15.00"),
        ("2026-12-20", "2027-01-19", "15.00"),
        ("2027-01-20", "2027-02-19", "15.00"),
    ]
    assert (wallet.service().status, wallet.service().short_since_on) == (Status.PAUSED, date(2027, 2, 20))
    assert wallet.credit() == "5.00"


def test_a_free_service_goes_on_without_a_bill(wallet: Any) -> None:
    wallet.shop.plan("plan_free", "0.00", name="Free")
    wallet.shop.order(MOBILE, "plan_free")
    wallet.work()
    wallet.day(date(2027, 1, 21))

    assert wallet.statuses()["plan_free"] is Status.ACTIVE
    assert wallet.service("plan_free").charged_through == date(2027, 2, 20)
    with wallet.shop.db.read() as session:
        assert session.scalar(select(func.count(Invoice.id))) == 1


def test_a_bundle_runs_and_pauses_with_its_members(wallet: Any) -> None:
    wallet.shop.order("plan_bundle")
    wallet.work()
    wallet.day(date(2026, 12, 20))
    assert set(wallet.statuses().values()) == {Status.PAUSED}

    wallet.top_up("52.00")
    wallet.work()
    assert set(wallet.statuses().values()) == {Status.ACTIVE}
    assert {wallet.service(plan).charged_through for plan in wallet.statuses()} == {date(2027, 1, 20)}


def test_a_service_that_ends_pays_for_its_last_days_only(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.top_up("30.00")
    with wallet.shop.db.begin() as session:
        session.scalars(select(Subscription)).one().ends_on = date(2026, 12, 29)
    wallet.walk(date(2026, 12, 19), date(2027, 1, 31))

    assert wallet.lines()[1:] == [("2026-12-20", "2026-12-29", "4.84")]


def test_data_comes_with_every_period_and_ends_with_it(wallet: Any) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.top_up("15.00")
    wallet.day(date(2026, 12, 20))

    with wallet.shop.db.read() as session:
        lots = session.scalars(select(DataLot).order_by(DataLot.from_on)).all()
        assert [(lot.amount_mb, lot.left_mb, lot.from_on, lot.expires_on) for lot in lots] == [
            (10_000, 10_000, date(2026, 11, 20), date(2026, 12, 19)),
            (10_000, 10_000, date(2026, 12, 20), date(2027, 1, 19)),
        ]


def test_an_approved_request_is_paid_from_the_credit_or_waits_for_it(wallet: Any) -> None:
    order_id = wallet.shop.order(MOBILE, "plan_router", how=Request(channel="tickets", send_to=None))
    wallet.approve(order_id, date(2026, 11, 20))
    wallet.work()
    assert wallet.service().status is Status.PAUSED
    with wallet.shop.db.read() as session:
        assert session.get_one(Account, CUSTOMER).balance.amount == "-60.00"

    wallet.settle_debt("60.00")
    wallet.top_up("15.00")
    wallet.work()
    assert wallet.service().status is Status.ACTIVE
    assert wallet.lines() == [("2026-11-20", "2026-12-19", "15.00")]
    assert wallet.credit() == "0.00"


def test_a_request_approved_for_a_later_day_is_paid_on_that_day(wallet: Any) -> None:
    wallet.shop.order(TV)
    wallet.work()
    wallet.top_up("15.00")
    order_id = wallet.shop.order(MOBILE, how=Request(channel="tickets", send_to=None))
    wallet.approve(order_id, date(2026, 11, 25))
    wallet.day(date(2026, 11, 24))
    assert (wallet.lines(), wallet.credit()) == ([], "15.00")

    wallet.travel(datetime(2026, 11, 25, 8, tzinfo=UTC))
    start_subscriptions(wallet.shop.db)
    wallet.work()
    assert wallet.lines() == [("2026-11-25", "2026-12-24", "15.00")]


def test_approving_late_credits_days_renewed_since(wallet: Any) -> None:
    wallet.shop.plan("plan_week", "7.00", name="Week", prepaid_days=7)
    order_id = wallet.shop.order("plan_week")
    wallet.work()
    wallet.top_up("7.00")
    wallet.walk(date(2026, 11, 21), date(2026, 11, 29))
    assert wallet.credit() == "0.00"

    wallet.approve(order_id, date(2026, 11, 29))

    assert wallet.credit() == "9.00"
    assert wallet.shop.find(order_id).credited_days == 9
    assert wallet.service("plan_week").charged_through == date(2026, 12, 4)


def test_rejecting_late_gives_renewals_back_too(wallet: Any) -> None:
    wallet.shop.plan("plan_week", "7.00", name="Week", prepaid_days=7)
    order_id = wallet.shop.order("plan_week")
    wallet.work()
    wallet.top_up("7.00")
    wallet.walk(date(2026, 11, 21), date(2026, 11, 29))
    with wallet.shop.db.begin() as session:
        reject_order(
            session,
            order_id=order_id,
            reason="No line there",
            refund_to=RefundTo.CARD,
            partner_ids=None,
            now=clock.now(),
        )

    assert wallet.credit() == "7.00"


def test_the_worker_may_die_anywhere(wallet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet.shop.order(MOBILE)
    wallet.work()
    wallet.top_up("45.00")
    died = []

    def die(name: str) -> None:
        if len(died) < 3:
            died.append(name)
            raise RuntimeError(name)

    monkeypatch.setattr("billing.usecases.charge_prepaid.failpoint", die)
    for _ in range(4):
        wallet.day(date(2027, 2, 25))

    assert [first for first, _, _ in wallet.lines()] == [
        "2026-11-20",
        "2026-12-20",
        "2027-01-20",
        "2027-02-20",
    ]
    assert (len(died), wallet.credit()) == (3, "0.00")
    with wallet.shop.db.read() as session:
        numbers = [int(number) for number in session.scalars(select(Invoice.number).order_by(Invoice.id))]
        year_2027 = [number % 1_000_000 for number in numbers[1:]]
        assert year_2027 == [1, 2, 3]


def test_recurring_accounts_are_left_to_their_billing_run(shop: Any, travel: Any) -> None:
    shop.plan(MOBILE, "15.00")
    shop.order(MOBILE)
    shop.work()
    travel(datetime(2027, 1, 2, 12, tzinfo=UTC))

    assert renew_prepaid(shop.db) == 0
