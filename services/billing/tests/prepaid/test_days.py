"""Prepaid by the day: days that add up to their month, stop with the credit and go on with it."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from billing.domain.subscription import Status
from billing.models import DataLot
from shared.money import Money

MOBILE = "plan_mobile"


def test_days_are_paid_one_by_one_and_add_up_to_the_month(daily: Any) -> None:
    daily.travel(datetime(2026, 12, 1, 9, tzinfo=UTC))
    daily.shop.order(MOBILE)
    daily.work()
    daily.top_up("20.00")
    daily.walk(date(2026, 12, 1), date(2026, 12, 31))

    lines = daily.lines()
    assert len(lines) == 31
    assert {first for first, last, _ in lines if first == last} == {
        str(date(2026, 12, day)) for day in range(1, 32)
    }
    assert sum(Money.parse(amount, "EUR").minor for _, _, amount in lines) == 1500
    assert {amount for _, _, amount in lines} == {"0.48", "0.49"}
    assert daily.credit() == "5.48"


def test_an_order_by_the_day_costs_its_first_day(daily: Any) -> None:
    quote = daily.shop.quote(MOBILE)

    assert (quote.total_minor, quote.then_minor, quote.then_months) == (50, 1500, 1)
    assert quote.then_from_on == date(2026, 11, 21)


def test_days_stop_with_the_credit_and_go_on_with_it(daily: Any) -> None:
    daily.shop.order(MOBILE)
    daily.work()
    daily.top_up("1.00")
    daily.walk(date(2026, 11, 21), date(2026, 11, 25))
    assert daily.service().status is Status.PAUSED
    assert [first for first, _, _ in daily.lines()] == ["2026-11-20", "2026-11-21", "2026-11-22"]

    daily.top_up("1.00")
    daily.work()
    daily.walk(date(2026, 11, 26), date(2026, 11, 26))
    assert [first for first, _, _ in daily.lines()][3:] == ["2026-11-25", "2026-11-26"]
    assert daily.credit() == "0.00"


def test_a_month_by_the_day_has_its_data_once(daily: Any) -> None:
    daily.shop.order(MOBILE)
    daily.work()
    daily.top_up("10.00")
    daily.walk(date(2026, 11, 21), date(2026, 12, 2))

    with daily.shop.db.read() as session:
        lots = session.scalars(select(DataLot).order_by(DataLot.from_on)).all()
        assert [(lot.amount_mb, lot.expires_on) for lot in lots] == [
            (10_000, date(2026, 11, 30)),
            (10_000, date(2026, 12, 31)),
        ]
