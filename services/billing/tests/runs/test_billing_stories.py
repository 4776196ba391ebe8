"""Calendar stories: a customer's months, one after the other, with every line and cent of their bills."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.domain.subscription import Status
from billing.models import (
    Account,
    Charge,
    Invoice,
    InvoiceLine,
    JournalEntry,
    JournalTx,
    Segment,
    Subscription,
)
from billing.usecases.approve_order import approve_order
from billing.usecases.bill_accounts import bill_account
from billing.usecases.issue_invoice import Charged, issue_invoice
from billing.usecases.lock_account import lock_account
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.start_subscriptions import start_subscriptions
from shared import clock
from shared.testing import told

CUSTOMER = "cus_00000000000000000000000001"
FIBRE, PHONE, BUNDLE = "plan_fibre", "plan_phone", "plan_bundle"


def test_an_order_is_followed_by_a_bill_every_month(months: Any) -> None:
    months.order()

    assert months.bill("2026-11-30") == []
    assert months.bill("2026-12-01") == ["2026-12-01 to 2026-12-31 30.00"]
    assert months.bill("2026-12-01") == []
    assert months.bill("2027-01-01") == ["2027-01-01 to 2027-01-31 30.00"]
    assert months.bill("2027-02-01") == ["2027-02-01 to 2027-02-28 30.00"]
    assert months.next_bill_on() == date(2027, 3, 1)


def test_a_bill_of_the_run_has_a_number_a_date_and_days_to_pay(months: Any) -> None:
    months.order()

    months.bill("2026-12-01")

    with months.shop.db.read() as session:
        made = session.scalars(select(Invoice).order_by(Invoice.number.desc())).first()
        account = session.get_one(Account, CUSTOMER)
        assert made is not None
        assert (made.number, made.kind, made.open_minor) == ("202601000002", "recurring", 3000)
        assert (made.issued_on, made.due_on) == (date(2026, 12, 1), date(2026, 12, 16))
        assert made.buyer == {"name": "Robert Myers", "number": "000001", "address": "1 Quay, D01 Dublin"}
        assert (account.owed_minor, account.credit_minor) == (3000, 0)
        assert session.execute(select(func.sum(JournalEntry.amount_minor))).scalar_one() == 0


def test_a_bill_of_the_run_is_told_like_any_other(months: Any) -> None:
    months.order()
    months.bill("2026-12-01")

    facts = [fact for fact in told(months.shop.db) if fact.fact_name.startswith("billing.")]

    assert [fact.fact_name for fact in facts[-2:]] == ["billing.invoice_issued", "billing.balance_changed"]
    assert (facts[-2].status, facts[-2].number) == ("unpaid", "202601000002")
    assert facts[-1].balance.amount == "-30.00"


def test_bills_made_in_bulk_look_like_those_made_one_at_a_time(months: Any) -> None:
    months.order(BUNDLE)
    months.bill("2026-12-01")
    with months.shop.db.begin() as session:
        made = session.scalars(select(Invoice).order_by(Invoice.number.desc())).first()
        assert made is not None
        charged = [Charged(line=line.line(), subscription_id=None) for line in made.lines]
        account = lock_account(session, customer_id=CUSTOMER)
        alone = issue_invoice(
            session, account, charged, issued_on=made.issued_on, due_on=made.due_on, now=made.created_at
        )
        assert alone is not None

        bulk, single = _shape(session, made), _shape(session, alone)

    assert bulk == single
    assert bulk["document"]["total_minor"] == 5200


def test_a_bundle_is_billed_once_and_its_members_follow(months: Any) -> None:
    months.order(BUNDLE)

    assert months.bill("2026-12-01") == ["2026-12-01 to 2026-12-31 52.00"]
    with months.shop.db.read() as session:
        assert set(session.scalars(select(Subscription.charged_through))) == {date(2027, 1, 1)}


def test_what_begins_in_the_middle_of_a_month_waits_for_the_next_bill(months: Any) -> None:
    months.begin("2027-03-15", price=10000)

    assert months.bill("2027-03-31") == []
    assert months.bill("2027-04-01") == ["2027-03-15 to 2027-03-31 54.84", "2027-04-01 to 2027-04-30 100.00"]


def test_missed_billing_days_are_caught_up_on_one_bill(months: Any) -> None:
    months.order()

    assert months.bill("2027-02-03") == [
        "2026-12-01 to 2026-12-31 30.00",
        "2027-01-01 to 2027-01-31 30.00",
        "2027-02-01 to 2027-02-28 30.00",
    ]
    with months.shop.db.read() as session:
        caught_up = session.scalars(select(Invoice).order_by(Invoice.number.desc())).first()
        assert caught_up is not None
        assert (caught_up.total_minor, caught_up.number) == (9000, "202701000001")
        assert (caught_up.issued_on, caught_up.due_on) == (date(2027, 2, 3), date(2027, 2, 18))


def test_missed_billing_days_make_one_bill_each_where_the_partner_wants_it(months: Any) -> None:
    months.order()
    months.set(separate_periods=True)

    months.bill("2027-02-03")

    with months.shop.db.read() as session:
        rows = session.scalars(select(Invoice).where(Invoice.order_id.is_(None)).order_by(Invoice.number))
        assert [(row.number, row.total_minor) for row in rows] == [
            ("202701000001", 3000),
            ("202701000002", 3000),
            ("202701000003", 3000),
        ]


def test_three_days_without_a_worker_change_no_period(months: Any) -> None:
    months.order()

    assert months.bill("2026-12-04") == ["2026-12-01 to 2026-12-31 30.00"]
    assert months.bill("2027-01-01") == ["2027-01-01 to 2027-01-31 30.00"]


def test_three_months_ahead_are_billed_every_three_months(months: Any) -> None:
    months.order()
    months.set(prepay_months=3)

    assert len(months.bill("2026-12-01")) == 3
    assert months.bill("2027-01-01") == months.bill("2027-02-01") == []
    assert months.bill("2027-03-01")[0] == "2027-03-01 to 2027-03-31 30.00"
    assert months.next_bill_on() == date(2027, 6, 1)


def test_afterwards_the_bill_of_may_is_for_april(months: Any) -> None:
    months.begin("2027-03-15", price=10000, collection="postpay")

    assert months.bill("2027-04-01") == ["2027-03-15 to 2027-03-31 54.84"]
    assert months.bill("2027-05-01") == ["2027-04-01 to 2027-04-30 100.00"]


def test_the_last_day_is_charged_and_no_day_after_it(months: Any) -> None:
    months.order()
    with months.shop.db.begin() as session:
        session.scalars(select(Subscription)).one().ends_on = date(2026, 12, 10)

    assert months.bill("2026-12-01") == ["2026-12-01 to 2026-12-10 9.68"]
    assert months.next_bill_on() is None
    assert months.bill("2027-01-01") == []


@pytest.mark.parametrize("status", [Status.PAUSED, Status.DISABLED, Status.ARCHIVED, Status.PENDING])
def test_what_does_not_work_costs_nothing(months: Any, status: Status) -> None:
    months.order()
    with months.shop.db.begin() as session:
        session.scalars(select(Subscription)).one().status = status

    assert months.bill("2026-12-01") == []


def test_what_was_used_before_it_ended_is_still_billed_afterwards(months: Any) -> None:
    months.begin("2027-03-01", price=3000, collection="postpay")
    with months.shop.db.begin() as session:
        session.scalars(select(Segment)).one().until_on = date(2027, 4, 11)
        session.scalars(select(Subscription)).one().status = Status.DISABLED

    assert months.bill("2027-05-01") == ["2027-03-01 to 2027-03-31 30.00", "2027-04-01 to 2027-04-10 10.00"]
    assert months.next_bill_on() is None


def test_a_new_billing_day_is_reached_by_a_bridge(months: Any) -> None:
    months.order()
    with months.shop.db.begin() as session:
        account = lock_account(session, customer_id=CUSTOMER)
        account.billing_day = 10
        plan_next_bill(session, account)

    assert months.bill("2026-12-09") == []
    assert months.bill("2026-12-10") == ["2026-12-01 to 2026-12-09 9.00", "2026-12-10 to 2027-01-09 30.00"]


@pytest.mark.parametrize(
    ("day", "start", "bills"),
    [
        pytest.param(28, "2027-01-28", ["2027-02-28", "2027-03-28", "2027-04-28"], id="day 28"),
        pytest.param(31, "2027-01-31", ["2027-02-28", "2027-03-31", "2027-04-30"], id="31 January"),
        pytest.param(29, "2028-01-29", ["2028-02-29", "2028-03-29", "2028-04-29"], id="29 February"),
        pytest.param(30, "2026-12-30", ["2027-01-30", "2027-02-28", "2027-03-30"], id="day 30"),
    ],
)
def test_a_billing_day_never_drifts(months: Any, day: int, start: str, bills: list[str]) -> None:
    months.begin(start, price=3100, billing_day=day)

    assert [line.split()[2] for line in months.bill(start)] == [_before(bills[0])]
    for first, following in zip(bills, [*bills[1:], None], strict=True):
        (line,) = months.bill(first)
        assert line.startswith(first)
        assert line.endswith("31.00")
        assert following is None or line.split()[2] == _before(following)


@pytest.mark.parametrize(
    ("rhythm", "start", "expected"),
    [
        pytest.param(3, "2027-01-01", ["2027-01-01 to 2027-03-31", "2027-04-01 to 2027-06-30"], id="quarter"),
        pytest.param(12, "2027-01-01", ["2027-01-01 to 2027-12-31", "2028-01-01 to 2028-12-31"], id="year"),
    ],
)
def test_longer_rhythms_are_billed_when_they_begin(
    months: Any, rhythm: int, start: str, expected: list[str]
) -> None:
    months.begin(start, price=9000, months=rhythm)

    assert months.bill(expected[0][:10]) == [f"{expected[0]} 90.00"]
    assert months.bill(_before(expected[1][:10])) == []
    assert months.bill(expected[1][:10]) == [f"{expected[1]} 90.00"]


def test_numbers_begin_again_with_the_year(months: Any) -> None:
    months.order()
    for day in ("2026-12-01", "2027-01-01", "2027-02-01"):
        months.bill(day)

    with months.shop.db.read() as session:
        numbers = sorted(session.scalars(select(Invoice.number)))

    assert numbers == ["202601000001", "202601000002", "202701000001", "202701000002"]


def test_waiting_charges_ride_on_the_bill_of_the_month(months: Any) -> None:
    months.order()
    months.charge("Price of change", 200)

    assert months.bill("2026-12-01") == ["2026-12-01 to 2026-12-31 30.00", "once 2.00"]
    with months.shop.db.read() as session:
        charge = session.scalars(select(Charge)).one()
        assert charge.status == "invoiced"
        assert charge.invoice_id is not None


def test_a_discount_larger_than_the_bill_waits_for_a_larger_one(months: Any) -> None:
    months.order()
    months.charge("Goodwill", -4000)
    months.charge("Goodwill, small", -1000)

    assert months.bill("2026-12-01") == ["2026-12-01 to 2026-12-31 30.00", "once -10.00"]
    assert months.next_bill_on() == date(2027, 1, 1)


def test_nothing_is_billed_over_zero_unless_the_partner_wants_it(months: Any) -> None:
    months.begin("2027-01-01", price=0)

    assert months.bill("2027-01-01") == []
    assert months.next_bill_on() == date(2027, 2, 1)
    months.set(zero_invoices=True)
    assert months.bill("2027-02-01") == ["2027-02-01 to 2027-02-28 0.00"]


def test_credit_pays_the_new_bill_oldest_money_first(months: Any) -> None:
    months.order()
    with months.shop.db.begin() as session:
        order_id = session.scalars(select(Subscription.order_id)).one()
        approve_order(
            session, order_id=order_id, starts_on=date(2026, 11, 25), partner_ids=None, now=clock.now()
        )
    months.bill("2026-11-25")
    start_subscriptions(months.shop.db)

    assert months.bill("2026-12-01") == ["2026-12-01 to 2026-12-31 30.00"]
    with months.shop.db.read() as session:
        account = session.get_one(Account, CUSTOMER)
        made = session.scalars(select(Invoice).order_by(Invoice.number.desc())).first()
        assert made is not None
        assert (made.total_minor, made.open_minor) == (3000, 2500)
        assert (account.credit_minor, account.owed_minor) == (0, 2500)
    issued = [fact for fact in told(months.shop.db) if fact.fact_name == "billing.invoice_issued"]
    assert issued[-1].status == "partly_paid"


def test_an_inactive_customer_is_not_billed(months: Any) -> None:
    months.order()
    with months.shop.db.begin() as session:
        session.get_one(Account, CUSTOMER).dunning = "inactive"  # type: ignore[assignment]

    assert months.bill("2026-12-01") == []


@pytest.mark.parametrize(
    ("zone", "local_midnight"),
    [
        pytest.param("Pacific/Kiritimati", "2026-11-30T10:00:00+00:00", id="+14"),
        pytest.param("Pacific/Niue", "2026-12-01T11:00:00+00:00", id="-11"),
        pytest.param("Europe/Prague", "2026-11-30T23:00:00+00:00", id="+1"),
    ],
)
def test_a_bill_is_dated_in_the_partners_zone(
    months: Any, travel: Callable[[datetime], None], zone: str, local_midnight: str
) -> None:
    months.order()
    with months.shop.db.begin() as session:
        session.get_one(Account, CUSTOMER).timezone = zone
    travel(datetime.fromisoformat(local_midnight))

    with months.shop.db.begin() as session:
        today = clock.today(zone)
        done = bill_account(session, customer_id=CUSTOMER, cut_off=today, now=clock.now())

    assert today == date(2026, 12, 1)
    assert done is not None
    assert [each.issued_on for each in done.issued] == [date(2026, 12, 1)]


def test_an_hour_more_or_less_changes_no_count_of_days(months: Any) -> None:
    months.begin("2026-03-20", price=3100, timezone="Europe/Prague")

    assert months.bill("2026-04-01") == ["2026-03-20 to 2026-03-31 12.00", "2026-04-01 to 2026-04-30 31.00"]
    for month in range(5, 11):
        months.bill(f"2026-{month:02d}-01")
    assert months.bill("2026-11-01") == ["2026-11-01 to 2026-11-30 31.00"]


def _before(day: str) -> str:
    return date.fromordinal(date.fromisoformat(day).toordinal() - 1).isoformat()


def _shape(session: Any, invoice: Invoice) -> dict[str, Any]:
    """
    Return all that is stored of a bill but its ids, number and subscription.
    """
    ids = {"id", "number", "invoice_id", "subscription_id", "tx_id", "key", "ref", "created_at", "posted_on"}

    def plain(row: Any) -> dict[str, Any]:
        return {c.name: getattr(row, c.name) for c in row.__table__.columns if c.name not in ids}

    tx = session.scalars(select(JournalTx).where(JournalTx.ref == invoice.id)).one()
    entries = session.scalars(select(JournalEntry).where(JournalEntry.tx_id == tx.id))
    lines = session.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id))
    return {
        "document": plain(invoice),
        "lines": [plain(line) for line in lines],
        "journal": plain(tx),
        "entries": sorted((entry.account, entry.owner, entry.amount_minor) for entry in entries),
    }
