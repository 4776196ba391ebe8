"""Data comes with each period of a service that runs bill, on its first day, whenever the bill is made."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.charging import running_period
from billing.models import DataLot, DataMove, Subscription
from billing.usecases.grant_period_data import grant_period_data
from billing.usecases.lock_account import lock_account
from services.billing.tests.changing import CUSTOMER, Changes
from shared import clock

MOBILE, LARGE, PAIR, TV = "plan_mobile", "plan_large", "plan_pair", "plan_tv"


class Data(Changes):
    """
    The shop's customer and the data of their services.
    """

    def __init__(self, shop: Any, travel: Callable[[datetime], None]) -> None:
        self.shop, self.travel, self.db = shop, travel, shop.db

    def order(self, plan: str) -> None:
        self.shop.order(plan)
        self.shop.work()

    def at(self, moment: str) -> None:
        """
        Go to a moment and let the clock give what is due.
        """
        self.travel(datetime.fromisoformat(moment).astimezone(UTC))
        self.give()

    def give(self) -> None:
        while grant_period_data(self.db, now=clock.now()):
            pass

    def lots(self, plan: str | None = None) -> list[tuple[str, str, int]]:
        """
        Return what was given: first day, last day, megabytes.
        """
        query = select(DataLot).join(Subscription, Subscription.id == DataLot.subscription_id)
        query = query.where(Subscription.plan_id == plan) if plan else query
        with self.db.read() as session:
            rows = session.scalars(query.order_by(DataLot.from_on, DataLot.id))
            return [(f"{row.from_on:%d %b}", f"{row.expires_on:%d %b}", row.amount_mb) for row in rows]


@pytest.fixture
def data(shop: Any, travel: Callable[[datetime], None]) -> Data:
    """
    A shop on 20 November 2026 that sells 10 GB a month, 25 GB a month, and a bundle of both.
    """
    shop.plan(MOBILE, "15.00", name="Mobile", included_mb=10_000, change_target_ids=(LARGE,))
    shop.plan(LARGE, "25.00", name="Large", included_mb=25_000)
    shop.plan(PAIR, "35.00", name="Pair", kind="bundle", member_ids=(MOBILE, LARGE, "plan_phone"))
    shop.plan(TV, "30.00", name="TV", kind="recurring", interval_months=3, included_mb=500)
    data = Data(shop, travel)
    data.settings()
    return data


def test_each_period_has_its_data_once_from_its_first_day_in_the_partners_zone(data: Data) -> None:
    data.travel(datetime(2027, 3, 1, 12, tzinfo=UTC))
    data.order(MOBILE)
    assert data.lots() == [("01 Mar", "31 Mar", 10_000)]

    data.at("2027-03-31T23:59+01:00")
    assert len(data.lots()) == 1
    data.at("2027-04-01T00:00+01:00")  # in Dublin; in UTC it is 31 March still
    data.give()
    data.at("2027-05-01T12:00+01:00")

    assert data.lots() == [
        ("01 Mar", "31 Mar", 10_000),
        ("01 Apr", "30 Apr", 10_000),
        ("01 May", "31 May", 10_000),
    ]
    with data.db.read() as session:
        assert {(lot.left_mb, lot.moves) for lot in session.scalars(select(DataLot))} == {(10_000, 1)}
        assert [move.ref for move in session.scalars(select(DataMove).order_by(DataMove.at))] == [
            lot.source for lot in session.scalars(select(DataLot).order_by(DataLot.from_on))
        ]


def test_who_pays_afterwards_has_the_data_before_the_bill(data: Data) -> None:
    data.settings(collection="postpay")
    data.order(MOBILE)

    data.at("2026-12-01T08:00+00:00")

    assert data.lots() == [("20 Nov", "30 Nov", 10_000), ("01 Dec", "31 Dec", 10_000)]


def test_members_of_a_bundle_have_theirs_and_plans_without_data_are_not_looked_at_again(data: Data) -> None:
    data.order(PAIR)
    data.at("2026-12-01T08:00+00:00")

    assert data.lots(MOBILE) == [("20 Nov", "30 Nov", 10_000), ("01 Dec", "31 Dec", 10_000)]
    assert data.lots(LARGE) == [("20 Nov", "30 Nov", 25_000), ("01 Dec", "31 Dec", 25_000)]
    with data.db.read() as session:
        ends = session.execute(select(Subscription.plan_id, Subscription.data_last_on)).tuples().all()
        assert dict(ends) == {
            PAIR: date.max,
            "plan_phone": date.max,
            MOBILE: date(2026, 12, 31),
            LARGE: date(2026, 12, 31),
        }


def test_after_a_standstill_only_the_running_period_is_given(data: Data) -> None:
    data.order(MOBILE)

    data.at("2027-02-03T08:00+00:00")

    assert data.lots() == [("20 Nov", "30 Nov", 10_000), ("01 Feb", "28 Feb", 10_000)]


def test_a_quarter_has_one_lot(data: Data) -> None:
    data.order(TV)
    for month in ("2026-12", "2027-01", "2027-02", "2027-03", "2027-05"):
        data.at(f"{month}-01T08:00+00:00")

    assert data.lots() == [("20 Nov", "31 Jan", 500), ("01 Feb", "30 Apr", 500), ("01 May", "31 Jul", 500)]


@pytest.mark.parametrize("timing", ["next_cycle", "end_of_active_month", "thirty_days", "end_of_next_month"])
@pytest.mark.parametrize("collection", ["prepay", "postpay"])
def test_a_new_plan_has_its_data_from_the_day_of_change_whenever_it_is_billed(
    data: Data, collection: str, timing: str
) -> None:
    data.settings(collection=collection, timing=timing)
    data.order(MOBILE)
    data.travel(datetime(2026, 11, 25, 12, tzinfo=UTC))

    data.change(LARGE, date(2026, 11, 25))

    assert data.lots(LARGE) == [("25 Nov", "30 Nov", 25_000)]
    with data.db.read() as session:
        assert [lot.left_mb for lot in session.scalars(select(DataLot).order_by(DataLot.from_on))] == [
            0,
            25_000,
        ]
    data.at("2026-12-01T08:00+00:00")
    assert data.lots(LARGE)[1:] == [("01 Dec", "31 Dec", 25_000)]
    assert len(data.lots(MOBILE)) == 1


def test_what_has_ended_or_not_begun_or_is_prepaid_has_none(data: Data) -> None:
    data.order(MOBILE)
    with data.db.begin() as session:
        session.scalars(select(Subscription)).one().ends_on = date(2026, 11, 30)
    data.at("2026-12-01T08:00+00:00")
    assert len(data.lots()) == 1

    with data.db.begin() as session:
        session.scalars(select(Subscription)).one().ends_on = None
        lock_account(session, customer_id=CUSTOMER).billing_type = "prepaid"
    data.give()
    assert len(data.lots()) == 1


def test_running_periods_follow_one_another_from_the_day_charged_to() -> None:
    days = [date(2026, 2, 28) + timedelta(days=n) for n in range(900)]
    for since in (date(2026, 12, 10), date(2027, 3, 10), date(2025, 3, 10)):
        for day in days:
            found = running_period(10, since, day, months=3)
            assert day in found
            assert (found.start.day, found.start.month % 3) == (10, 0)
