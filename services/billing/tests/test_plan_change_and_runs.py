"""Changes of plan and billing runs: no day is charged twice and none is lost, whichever comes first."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from billing.models import Charge, CreditNote, Invoice
from billing.usecases.bill_accounts import bill_account
from services.billing.tests.changing import CUSTOMER, FAST, FIBRE, SLOW, Changes
from shared import clock


class Runs(Changes):
    """
    The shop's customer, billed month after month.
    """

    def bill(self, day: date) -> None:
        """
        Let the clock and a billing run work on *day*.
        """
        self.travel(datetime(day.year, day.month, day.day, 6, tzinfo=UTC))
        with self.db.begin() as session:
            bill_account(session, customer_id=CUSTOMER, cut_off=day, now=clock.now())
        self.pass_time(clock.now())

    def bills(self) -> list[list[tuple[str, date, date, int]]]:
        """
        Return the lines of every bill.
        """
        return [
            [(line.label, line.from_on, line.until_on, line.amount_minor) for line in invoice.lines]
            for invoice in self.all(Invoice)
        ]


@pytest.fixture
def runs(shop: Any, travel: Callable[[datetime], None]) -> Runs:
    found = Runs(shop, travel)
    found.settings()
    return found


def test_a_run_bills_the_present_plan_up_to_a_booked_change_only(runs: Runs) -> None:
    runs.book(runs.quote(FAST, date(2026, 12, 11)))

    runs.bill(date(2026, 12, 1))
    runs.bill(date(2026, 12, 11))

    assert runs.bills()[1:] == [
        [("Fibre 100", date(2026, 12, 1), date(2026, 12, 11), 968)],
        [("Fibre 500", date(2026, 12, 11), date(2027, 1, 1), 3048)],
    ]
    assert runs.all(CreditNote) == []


def test_the_quote_of_a_later_day_holds_although_a_run_came_between(runs: Runs) -> None:
    quote = runs.quote(FAST, date(2026, 12, 11))
    change = runs.book(quote)
    runs.bill(date(2026, 12, 1))
    runs.bill(date(2026, 12, 11))

    assert runs.find(change).status == "applied"
    assert runs.all(Invoice)[-1].total_minor == quote.total_minor


def test_after_undo_the_next_run_bills_the_days_that_were_left_out(runs: Runs) -> None:
    change = runs.book(runs.quote(FAST, date(2026, 12, 11)))
    runs.bill(date(2026, 12, 1))
    runs.undo(change)

    runs.bill(date(2027, 1, 1))

    assert runs.bills()[2] == [
        ("Fibre 100", date(2026, 12, 11), date(2027, 1, 1), 2032),
        ("Fibre 100", date(2027, 1, 1), date(2027, 2, 1), 3000),
    ]


def test_during_next_billing_cycle_the_run_bills_from_the_change_on(runs: Runs) -> None:
    runs.settings(timing="next_cycle", fee_up_minor=200)
    quote = runs.quote(FAST)
    runs.book(quote)
    runs.pass_time()

    runs.bill(date(2026, 12, 1))

    (bill,) = runs.bills()[1:]
    assert bill == [
        ("Fibre 500", date(2026, 11, 20), date(2026, 12, 1), 1650),
        ("Fibre 500", date(2026, 12, 1), date(2027, 1, 1), 4500),
        ("Price of change", None, None, 200),
    ]
    assert sum(line[3] for line in bill) == quote.details["next_bill_minor"]


def test_what_was_below_the_minimum_rides_on_the_next_bill(runs: Runs) -> None:
    runs.settings(minimum_invoice_minor=1000)
    quote = runs.quote(SLOW)
    runs.book(quote)
    runs.pass_time()

    runs.bill(date(2026, 12, 1))

    (bill,) = runs.bills()[1:]
    assert [(line[0], line[3]) for line in bill] == [("Fibre 50", 2000), ("Fibre 50", 733)]
    assert sum(line[3] for line in bill) == quote.details["next_bill_minor"]
    assert [charge.status for charge in runs.all(Charge)] == ["invoiced"]


def test_after_thirty_days_only_the_days_after_are_billed(runs: Runs) -> None:
    runs.settings(timing="thirty_days")
    quote = runs.quote(FAST)
    runs.book(quote)
    runs.pass_time()

    runs.bill(date(2026, 12, 1))

    (bill,) = runs.bills()[2:]
    assert bill == [("Fibre 500", date(2026, 12, 20), date(2027, 1, 1), 1742)]
    assert bill[0][3] == quote.details["next_bill_minor"]


def test_a_run_makes_a_due_change_before_it_bills(runs: Runs) -> None:
    runs.book(runs.quote(FAST, date(2026, 12, 1)))
    runs.travel(datetime(2026, 12, 1, 6, tzinfo=UTC))

    with runs.db.begin() as session:
        bill_account(session, customer_id=CUSTOMER, cut_off=date(2026, 12, 1), now=clock.now())

    assert runs.bills()[1:] == [[("Fibre 500", date(2026, 12, 1), date(2027, 1, 1), 4500)]]


def test_after_a_month_of_downtime_every_day_is_charged_once(runs: Runs) -> None:
    runs.book(runs.quote(FAST, date(2026, 12, 11)))

    runs.bill(date(2027, 1, 5))

    days: dict[date, str] = {}
    for bill in runs.bills():
        for label, start, end, _amount in bill:
            for number in range((end - start).days):
                day = start + timedelta(days=number)
                assert day not in days
                days[day] = label
    assert min(days) == date(2026, 11, 1)
    assert max(days) == date(2027, 1, 31)
    assert len(days) == 92
    assert [days[date(2026, 12, day)] for day in (10, 11)] == ["Fibre 100", "Fibre 500"]
    assert runs.active().plan_id != FIBRE


def test_postpay_bills_the_old_and_the_new_part_at_the_end_of_the_period(runs: Runs) -> None:
    runs.settings(collection="postpay")
    runs.bill(date(2027, 1, 1))  # November was paid at the order, December is billed now
    runs.travel(datetime(2027, 1, 11, 12, tzinfo=UTC))
    quote = runs.quote(FAST, date(2027, 1, 11))
    runs.book(quote)
    runs.pass_time()

    runs.bill(date(2027, 2, 1))

    assert runs.bills()[1] == [("Fibre 100", date(2026, 12, 1), date(2027, 1, 1), 3000)]
    last = runs.bills()[2]
    assert last == [
        ("Fibre 100", date(2027, 1, 1), date(2027, 1, 11), 968),
        ("Fibre 500", date(2027, 1, 11), date(2027, 2, 1), 3048),
    ]
    assert quote.total_minor == 0
    assert sum(line[3] for line in last) == quote.details["next_bill_minor"]
