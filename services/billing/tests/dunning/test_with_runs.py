"""Late payment and billing runs together, month after month: who is charged what for which days."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from billing.models import Account, Invoice, InvoiceLine, Subscription
from billing.usecases.bill_accounts import bill_account
from billing.usecases.follow_settings import follow
from billing.usecases.lock_account import lock_account
from billing.usecases.review_due_accounts import review_due_accounts
from shared import clock
from shared.testing import seeds


@dataclass
class Year:
    """
    A customer whose days pass one by one: dunning and billing run on each, as the worker would.
    """

    story: Any

    def until(self, last: date, *, standstill: bool = False) -> None:
        """
        Let the days pass up to and including *last*; in a standstill only the last one is worked.
        """
        day = clock.today("UTC") + timedelta(days=1)
        while day <= last:
            if day == last or not standstill:
                self.work(day)
            day += timedelta(days=1)

    def work(self, day: date) -> None:
        """
        Do what the worker does in the morning of a day.
        """
        self.story.travel(datetime(day.year, day.month, day.day, 6, tzinfo=UTC))
        db = self.story.shop.db
        review_due_accounts(db)
        with db.begin() as session:
            bill_account(session, customer_id=self.story.shop.customer, cut_off=day, now=clock.now())
        review_due_accounts(db)

    def pay(self) -> None:
        """
        Pay all that is open.
        """
        with self.story.shop.db.read() as session:
            owed = session.get_one(Account, self.story.shop.customer).owed_minor
        if owed:
            self.story.pay(owed)

    def charged(self) -> list[tuple[date, date, str]]:
        """
        Return the days charged and what for, in order.
        """
        with self.story.shop.db.read() as session:
            rows = session.scalars(
                select(InvoiceLine).where(InvoiceLine.from_on.is_not(None)).order_by(InvoiceLine.from_on)
            )
            return [
                (row.from_on, row.until_on - timedelta(days=1), f"{row.amount_minor / 100:.2f}")
                for row in rows
            ]

    def bills(self) -> list[tuple[date, date, int]]:
        """
        Return day, due day and total of every bill.
        """
        with self.story.shop.db.read() as session:
            rows = session.scalars(select(Invoice).order_by(Invoice.issued_on, Invoice.id))
            return [(row.issued_on, row.due_on, row.total_minor) for row in rows]


@pytest.fixture
def year(story: Any) -> Year:
    story.travel(datetime(2026, 10, 31, 6, tzinfo=UTC))
    return Year(story)


DOCUMENT = Path(__file__).parents[4] / "docs/algorithms/dunning.md"
OCTOBER = (date(2026, 10, 20), date(2026, 10, 31), "11.61")


def day(month: int, number: int, year: int = 2026) -> date:
    return date(year, month, number)


def rows(heading: str) -> list[list[str]]:
    """
    Return the cells of the first table under a heading of the document.
    """
    text = DOCUMENT.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("row", rows("With billing runs"), ids=" ".join)
def test_the_table_of_the_document(year: Year, row: list[str]) -> None:
    inactive_on, paid_on, until = map(date.fromisoformat, row[1:4])
    year.story.settings(collection=row[0])
    year.until(paid_on)
    assert year.story.steps()[-1][1:] == ("inactive", inactive_on)

    year.pay()
    year.until(until)

    assert [amount for *_, amount in year.charged()[1:]] == row[4].split()


def test_a_late_payer_is_charged_for_what_they_had(year: Year) -> None:
    year.until(day(12, 9))
    assert year.story.state == "inactive"
    assert year.bills()[1:] == [(day(11, 1), day(11, 16), 3000)]
    assert [step[2] for step in year.story.steps()] == [day(11, 16), day(11, 26)]

    year.until(day(12, 10))
    year.pay()
    year.until(day(1, 5, 2027))

    assert year.charged() == [
        OCTOBER,
        (day(11, 1), day(11, 30), "30.00"),
        (day(12, 10), day(12, 31), "21.29"),  # 22 of 31 days, none for 26 November to 9 December
        (day(1, 1, 2027), day(1, 31, 2027), "30.00"),
    ]


def test_who_pays_within_the_month_is_charged_nothing_more_for_it(year: Year) -> None:
    year.until(day(11, 28))
    year.pay()
    year.until(day(12, 2))

    assert year.charged() == [
        OCTOBER,
        (day(11, 1), day(11, 30), "30.00"),
        (day(12, 1), day(12, 31), "30.00"),
    ]


def test_a_standstill_over_the_deactivation_bills_no_month_too_many(year: Year) -> None:
    year.until(day(11, 2))
    year.until(day(1, 20, 2027), standstill=True)

    assert year.story.steps() == [
        ("clear", "blocked", day(11, 16)),
        ("blocked", "inactive", day(11, 26)),
    ]
    assert year.charged() == [OCTOBER, (day(11, 1), day(11, 30), "30.00")]


def test_the_run_takes_the_step_itself_if_it_comes_first(year: Year) -> None:
    year.until(day(11, 2))
    year.story.travel(datetime(2027, 1, 20, 6, tzinfo=UTC))
    with year.story.shop.db.begin() as session:
        bill_account(session, customer_id=year.story.shop.customer, cut_off=day(1, 20, 2027), now=clock.now())

    assert year.story.state == "inactive"
    assert year.charged() == [OCTOBER, (day(11, 1), day(11, 30), "30.00")]


def test_blocked_customers_are_charged_on(year: Year) -> None:
    year.story.settings(process_deactivation=False)
    year.until(day(1, 2, 2027))

    assert year.story.state == "blocked"
    assert [line[2] for line in year.charged()] == ["11.61", "30.00", "30.00", "30.00"]


def test_who_pays_afterwards_owes_the_days_they_had(year: Year) -> None:
    year.story.settings(collection="postpay")
    year.until(day(12, 27))
    assert year.story.state == "inactive"  # the bill of 1 December for November was due on the 16th
    year.until(day(1, 10, 2027))
    year.pay()
    year.until(day(2, 2, 2027))

    assert year.charged() == [
        OCTOBER,
        (day(11, 1), day(11, 30), "30.00"),
        (day(12, 1), day(12, 25), "24.19"),  # up to the day before deactivation
        (day(1, 10, 2027), day(1, 31, 2027), "21.29"),
    ]


def test_inactive_by_a_person_is_billed_to_that_day_and_from_the_return(year: Year) -> None:
    year.story.settings(collection="postpay")
    year.until(day(11, 10))
    year.story.says("active", "inactive")
    year.until(day(12, 15))
    year.pay()
    year.story.says("inactive", "active")
    year.until(day(1, 2, 2027))

    assert year.charged() == [
        OCTOBER,
        (day(11, 1), day(11, 9), "9.00"),
        (day(12, 15), day(12, 31), "16.45"),
    ]


@pytest.mark.parametrize("seed", seeds(6))
def test_no_day_is_charged_twice_and_none_that_was_had_is_lost(year: Year, seed: int) -> None:
    chance = random.Random(seed)
    year.story.settings(
        collection=chance.choice(["prepay", "postpay"]), deactivate_after=chance.randint(1, 9), due_days=5
    )
    with year.story.shop.db.begin() as session:
        account = lock_account(session, customer_id=year.story.shop.customer)
        account.own_settings = account.own_settings | {"billing_day": chance.randint(1, 28)}
        follow(session, account, now=clock.now())
    pays = set(chance.sample(range(200), 5))
    had: set[date] = set()
    for number in range(200):
        today = day(11, 1) + timedelta(days=number)
        year.work(today)
        if number in pays:
            year.pay()
        with year.story.shop.db.read() as session:
            if any(row.status == "active" for row in session.scalars(select(Subscription))):
                had.add(today)

    days = [
        first + timedelta(days=number)
        for first, last, _ in year.charged()
        for number in range((last - first).days + 1)
    ]
    assert len(days) == len(set(days))
    assert len(year.story.steps()) > 3
    assert {each for each in had if each <= max(days)} <= set(days)
