"""How months went: who came, left, paid more or less, and which bills were paid before their day."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from billing.domain.movement import Movement, movement
from billing.queries.figures import Month, figures_of
from billing.usecases.count_months import count_months
from billing.usecases.record_payment import Receipt, Way, record_payment
from services.billing.tests.changing import CUSTOMER, FAST, Changes
from services.billing.tests.test_bulk_acts import bill
from shared import clock
from shared.money import Money

HERE = "/admin/billing"


def test_what_customers_pay_moves_in_four_ways() -> None:
    before = {"stays": 3000, "leaves": 2000, "more": 1000, "less": 500}
    after = {"stays": 3000, "more": 1500, "less": 400, "comes": 4500}

    moved = movement(before, after)

    assert moved == Movement(new=4500, expansion=500, contraction=100, churn=2000)
    assert moved.net == sum(after.values()) - sum(before.values())


def months(shop: Any) -> list[Month]:
    count_months(shop.db)
    with shop.db.read() as session:
        (found,) = figures_of(session, scope=None)
        return found.history


def test_a_month_is_counted_by_what_holds_at_its_end(shop: Any, travel: Callable[[datetime], None]) -> None:
    changes = Changes(shop, travel)  # Fibre 100 since 1 November
    changes.settings()
    changes.travel(datetime(2026, 12, 10, 12, tzinfo=UTC))
    changes.change(FAST)

    *earlier, november, december = months(shop)

    assert [month.net.minor for month in earlier] == [0] * 10
    assert (november.on, november.new.amount, november.monthly.amount) == (
        date(2026, 11, 1),
        "30.00",
        "30.00",
    )
    assert (december.expansion.amount, december.net.amount, december.churn_rate) == ("15.00", "15.00", 0.0)


def test_bills_paid_before_their_day_were_paid_on_time(shop: Any, travel: Callable[[datetime], None]) -> None:
    bill(shop)  # due on 5 December
    bill(shop)
    shop.order("plan_fibre")
    shop.work()  # paid at once
    for day in (4, 5):
        travel(datetime(2026, 12, day, 12, tzinfo=UTC))
        pay(shop, f"pay_{day}", on=date(2026, 12, day))
    travel(datetime(2026, 12, 6, 12, tzinfo=UTC))

    found = months(shop)

    assert [(month.due_bills, month.paid_on_time) for month in found[-2:]] == [(1, 1), (2, 1)]


def pay(shop: Any, payment_id: str, *, on: date) -> None:
    receipt = Receipt(way=Way.CASH, amount=Money(6000, "EUR"), received_on=on, method_label="Cash")
    with shop.db.begin() as session:
        record_payment(
            session,
            payment_id=payment_id,
            customer_id=CUSTOMER,
            receipt=receipt,
            partner_ids=None,
            now=clock.now(),
        )


def test_the_overview_shows_how_months_went_and_leads_to_what_is_late(
    shop: Any, travel: Callable[[datetime], None], desk: Any, sign_in_staff: Any
) -> None:
    bill(shop)
    shop.order("plan_fibre")
    shop.work()
    sign_in_staff(desk, "orders.view", "invoices.view")
    assert "How months went is being counted." in desk.get(HERE).text

    travel(datetime(2027, 1, 5, 12, tzinfo=UTC))  # 31 days after the bill of the router was due
    months(shop)
    page = desk.get(HERE).text
    (link,) = re.findall(r'href="(/admin/billing/invoices[?][^"]*due_to=[^"]*)"', page)

    assert "Net new this month" in page
    assert "November 2026" in page
    assert "€0.00 new, €0.00 more, €0.00 less, €0.00 lost" in page
    assert "due_from=2026-11-06" in link
    assert "due_to=2026-12-05" in link
    assert "€60.00" in desk.get(link.replace("&amp;", "&")).text
