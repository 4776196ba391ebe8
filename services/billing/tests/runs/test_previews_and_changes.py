"""What is shown ahead is what is billed: previews, the next invoice and Home rate booked changes as made."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from billing.domain.run import Mode
from billing.models import Account, BillingRun, Invoice, PlanChange, RunItem
from billing.queries.holdings import account_of
from billing.queries.next_invoice import next_invoice
from billing.usecases.apply_due_changes import apply_due_changes
from billing.usecases.bill_accounts import bill_account
from billing.usecases.lock_account import lock_account
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.start_billing_run import start_billing_run
from billing.usecases.start_due_runs import start_due_runs
from billing.usecases.work_billing_run import work_billing_run
from services.billing.tests.changing import CUSTOMER, FAST, PARTNER, SLOW, Changes
from shared import clock

DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)
TIMINGS = ["next_cycle", "end_of_active_month", "thirty_days", "end_of_next_month"]


class Ahead(Changes):
    """
    A customer with Fibre 100 (30.00 a month, paid for November) who looks ahead on 20 November.
    """

    def run(self, mode: Mode, cut_off: date, *, preview_id: str | None = None) -> BillingRun:
        with self.db.begin() as session:
            started = start_billing_run(
                session,
                partner_id=PARTNER,
                cut_off=cut_off,
                mode=mode,
                now=clock.now(),
                preview_id=preview_id,
            )
        self.work()
        with self.db.read() as session:
            return session.get_one(BillingRun, started.id)

    def work(self) -> None:
        while work_billing_run(self.db, worker="test"):
            pass

    def morning(self, day: date) -> None:
        """
        Let changes be made as their days come, then be the morning of *day*.
        """
        self.travel(datetime(day.year, day.month, day.day, 6, tzinfo=UTC))
        while apply_due_changes(self.db):
            pass

    def item(self, run: BillingRun) -> RunItem | None:
        with self.db.read() as session:
            return session.get(RunItem, (run.id, CUSTOMER))

    def next(self, on: date | None = None) -> tuple[str, str] | None:
        """
        Return day and sum of what would be billed.
        """
        with self.db.read() as session:
            today = clock.today("Europe/Dublin")
            found = next_invoice(session, customer_id=CUSTOMER, on=on, today=today)
            return (f"{found.on:%d %b}", found.total.amount) if found else None

    def home(self) -> tuple[str, str] | None:
        with self.db.read() as session:
            found = account_of(session, customer_id=CUSTOMER, partner_id=PARTNER).next_invoice
            return (f"{found.on:%d %b}", found.amount.amount) if found else None

    def next_bill(self) -> date | None:
        with self.db.read() as session:
            return session.get_one(Account, CUSTOMER).next_bill_on

    def billed(self) -> int:
        """
        Return what bills came to since the first.
        """
        return sum(each.total_minor for each in self.all(Invoice)[1:])


@pytest.fixture
def ahead(shop: Any, travel: Callable[[datetime], None]) -> Ahead:
    found = Ahead(shop, travel)
    found.settings()
    return found


@pytest.mark.parametrize("timing", [*TIMINGS, "postpay"])
@pytest.mark.parametrize(
    ("plan", "day"), [(SLOW, date(2026, 11, 25)), (FAST, date(2026, 12, 1)), (FAST, date(2026, 12, 11))]
)
def test_a_preview_is_what_the_run_bills_whatever_was_booked(
    ahead: Ahead, timing: str, plan: str, day: date
) -> None:
    how = {"collection": timing} if timing == "postpay" else {"timing": timing}
    ahead.settings(**how, fee_up_minor=250, fee_down_minor=150, minimum_invoice_minor=700)
    ahead.book(ahead.quote(plan, day))

    for cut_off in (DECEMBER, JANUARY):
        preview = ahead.run(Mode.PREVIEW, cut_off)
        shown = ahead.item(preview)
        ahead.morning(cut_off)
        issue = ahead.run(Mode.ISSUE, cut_off, preview_id=preview.id)

        assert (issue.invoices, issue.total_minor) == (preview.invoices, preview.total_minor)
        done = ahead.item(issue)
        if shown and shown.result.get("documents"):
            assert done is not None
            assert (done.flags, done.fingerprint) == (_of_the_bill(shown.flags), shown.fingerprint)
    assert ahead.next_bill() == date(2027, 2, 1)


def _of_the_bill(flags: list[str]) -> list[str]:
    return [flag for flag in flags if flag not in ("first_invoice", "very_different")]


def test_a_change_on_the_billing_day_is_previewed_and_billed_on_it(ahead: Ahead) -> None:
    ahead.settings(timing="next_cycle", fee_up_minor=250, confirm_after_days=1)
    ahead.book(ahead.quote(FAST, DECEMBER))

    ahead.morning(DECEMBER - timedelta(days=1))
    preview = ahead.run(Mode.PREVIEW, DECEMBER)
    item = ahead.item(preview)
    assert item is not None
    assert [(line["label"], line["minor"]) for line in item.result["lines"]] == [
        ("Fibre 500", 4500),
        ("Price of change", 250),
    ]

    ahead.morning(DECEMBER)
    ahead.morning(DECEMBER + timedelta(days=1))
    assert start_due_runs(ahead.db) == 1
    ahead.work()

    assert [each.total_minor for each in ahead.all(Invoice)[1:]] == [4750]
    assert ahead.next_bill() == JANUARY


@pytest.mark.parametrize(
    ("timing", "day", "soon", "january"),
    [
        ("next_cycle", date(2026, 11, 25), ("01 Dec", "56.50"), ("01 Jan", "101.50")),
        ("next_cycle", date(2026, 12, 1), ("01 Dec", "47.50"), ("01 Jan", "92.50")),
        ("next_cycle", date(2026, 12, 11), ("01 Dec", "9.68"), ("01 Jan", "87.66")),
        ("end_of_active_month", date(2026, 11, 25), ("25 Nov", "11.50"), ("01 Jan", "101.50")),
        ("end_of_active_month", date(2026, 12, 11), ("01 Dec", "9.68"), ("01 Jan", "87.66")),
        ("thirty_days", date(2026, 11, 25), ("25 Nov", "46.34"), ("01 Jan", "101.50")),
        ("end_of_next_month", date(2026, 11, 25), ("25 Nov", "56.50"), ("01 Jan", "101.50")),
    ],
)
def test_home_and_the_next_invoice_show_a_booked_change_to_the_cent(
    ahead: Ahead, timing: str, day: date, soon: tuple[str, str], january: tuple[str, str]
) -> None:
    ahead.settings(timing=timing, fee_up_minor=250)
    ahead.book(ahead.quote(FAST, day))

    assert (ahead.home(), ahead.next()) == (soon, soon)
    assert ahead.next(JANUARY) == january

    for month in (day, DECEMBER, JANUARY):
        if month <= JANUARY:
            ahead.morning(month)
            with ahead.db.begin() as session:
                bill_account(session, customer_id=CUSTOMER, cut_off=month, now=clock.now())
    assert f"{ahead.billed() / 100:.2f}" == january[1]


@pytest.mark.parametrize(
    ("own", "shown"),
    [
        ({}, ("01 Dec", "30.00")),
        ({"prepay_months": 3}, ("01 Dec", "90.00")),
        ({"collection": "postpay"}, ("01 Jan", "30.00")),
    ],
)
def test_home_shows_what_the_next_run_bills(
    ahead: Ahead, own: dict[str, Any], shown: tuple[str, str]
) -> None:
    with ahead.db.begin() as session:
        account = lock_account(session, customer_id=CUSTOMER)
        account.own_settings = own
        plan_next_bill(session, account)

    assert (ahead.home(), ahead.next()) == (shown, shown)


def test_a_change_that_cannot_be_made_leaves_the_account_with_its_bills(ahead: Ahead) -> None:
    change = ahead.book(ahead.quote(FAST, date(2026, 12, 11)))
    ahead.morning(DECEMBER)
    ahead.run(Mode.ISSUE, DECEMBER)
    with ahead.db.begin() as session:
        session.get_one(PlanChange, change.id).fingerprint = "another"

    ahead.morning(date(2026, 12, 11))

    assert (ahead.find(change).status, ahead.next_bill()) == ("failed", JANUARY)
    assert ahead.next(JANUARY) == ("01 Jan", "50.32")


def test_home_asks_little(ahead: Ahead, statements: list[str]) -> None:
    ahead.home()

    assert len(statements) <= 7, statements


@pytest.fixture
def statements(ahead: Ahead) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    engine = ahead.db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_the_way_to_a_day_ahead_shows_bills_changes_and_statuses(ahead: Ahead, gateway: Any) -> None:
    ahead.settings(
        timing="next_cycle", process_blocking=True, due_days=14, block_after=5, deactivate_after=20
    )
    ahead.book(ahead.quote(FAST, date(2026, 12, 11)))

    answer = gateway.get("/next-invoice", on="2027-02-15").get_json()

    assert [(step["on"], step["code"], (step["amount"] or {}).get("amount")) for step in answer["along"]] == [
        ("2026-12-01", "bill", "9.68"),
        ("2026-12-11", "plan_change", None),
        ("2026-12-15", "due", None),
        ("2026-12-20", "blocked", None),
        ("2027-01-01", "bill", "75.48"),
        ("2027-01-09", "inactive", None),  # so there is no bill on 1 February
    ]
    assert answer["along"][1]["name"] == "Fibre 500"
    assert (answer["bills"], answer["total"]["amount"]) == (1, "130.16")
    ahead.settings(process_blocking=False)
    later = gateway.get("/next-invoice", on="2027-02-15").get_json()["along"]
    assert [step["on"] for step in later if step["code"] == "bill"] == [
        "2026-12-01",
        "2027-01-01",
        "2027-02-01",
    ]
