"""A service has the contract its plan was sold with: it begins with it, renews, and ending costs a fee."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from billing.domain.contract import EARLY, LATER, end_fee, last_day, renewed
from billing.models import AuditEvent, Charge, Invoice, Subscription
from billing.usecases.approve_order import approve_order
from billing.usecases.bill_accounts import bill_account
from billing.usecases.book_end import book_end
from billing.usecases.end_subscriptions import end_subscriptions
from billing.usecases.renew_contracts import renew_contracts
from billing.usecases.withdraw_end import withdraw_end
from services.billing.tests.changing import CUSTOMER, FAST, Changes
from shared import clock
from shared.errors import Invalid
from shared.money import Money

DOCUMENT = Path(__file__).parents[3] / "docs/algorithms/contracts.md"
BOUND, NOV = "plan_bound", datetime(2026, 11, 1, 12, tzinfo=UTC)
FEES = {"early_end_fee": Money(6000, "EUR"), "cancellation_fee": Money(1000, "EUR")}
TERMS = {"contract_months": 12, "auto_renewal": True, **FEES}
LAST = date(2027, 10, 31)


@pytest.fixture
def changes(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    """
    Beside Fibre 100, Bound at 31.00 with a contract of 12 months since 1 November 2026; it is that day.
    """
    made = Changes(shop, travel)
    made.settings()
    travel(NOV)
    shop.plan(BOUND, "31.00", name="Bound", change_target_ids=(FAST,), **TERMS)
    shop.order(BOUND)
    shop.work()
    return made


def bound(changes: Changes) -> Subscription:
    return next(row for row in changes.all(Subscription) if row.plan_id == BOUND)


def end(changes: Changes, last_on: date, *, reason: str = "", waive_fee: bool = False) -> Subscription:
    with changes.db.begin() as session:
        return book_end(
            session,
            subscription_id=bound(changes).id,
            last_on=last_on,
            reason=reason,
            waive_fee=waive_fee,
            partner_ids=None,
            now=clock.now(),
        )


def fees(changes: Changes) -> list[tuple[str, int]]:
    return [(row.label, row.amount_minor) for row in changes.all(Charge) if row.code == "end_fee"]


def rows() -> list[list[str]]:
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("| 20")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row[0]}-{row[1]}")
def test_ending_costs_what_its_page_says(row: list[str]) -> None:
    contract = last_day(date.fromisoformat(row[0]), 12)
    fees = {"early": Money(6000, "EUR"), "later": Money(1000, "EUR")}
    _, fee = end_fee(date.fromisoformat(row[1]), contract, **fees)

    assert [str(contract), fee.amount] == row[2:]


@pytest.mark.parametrize(
    ("starts_on", "months", "ends_on"),
    [
        (date(2026, 11, 1), 12, date(2027, 10, 31)),
        (date(2026, 11, 15), 1, date(2026, 12, 14)),
        (date(2027, 1, 31), 1, date(2027, 2, 27)),
        (date(2026, 11, 1), 0, None),
    ],
)
def test_a_contract_lasts_whole_months(starts_on: date, months: int, ends_on: date | None) -> None:
    assert last_day(starts_on, months) == ends_on
    assert renewed(date(2027, 2, 27), anchor_day=31, months=1) == date(2027, 3, 30)


def test_it_begins_with_the_service_and_moves_with_its_start(changes: Changes) -> None:
    held = bound(changes)
    assert (held.contract_ends_on, held.contract_renews) == (LAST, True)
    with changes.db.begin() as session:
        approve_order(
            session,
            order_id=held.order_id,
            starts_on=date(2026, 11, 15),
            partner_ids=None,
            now=clock.now(),
        )
    assert bound(changes).contract_ends_on == date(2027, 11, 14)


def test_ending_early_costs_the_early_fee_on_the_last_bill(changes: Changes) -> None:
    assert end(changes, date(2026, 11, 30)).end_fee_minor == 6000
    changes.travel(datetime(2026, 12, 1, 12, tzinfo=UTC))
    assert (fees(changes), end_subscriptions(changes.db)) == ([], 1)
    assert fees(changes) == [(EARLY, 6000)]

    with changes.db.begin() as session:
        bill_account(session, customer_id=CUSTOMER, cut_off=date(2026, 12, 1), now=clock.now())
    last = changes.all(Invoice)[-1]
    assert (last.total_minor, [line.label for line in last.lines]) == (9000, ["Fibre 100", EARLY])
    assert end_subscriptions(changes.db) == 0


def test_ending_with_the_contract_or_later_costs_the_other_fee(changes: Changes) -> None:
    assert end(changes, date(2027, 10, 30)).end_fee_minor == 6000
    booked = end(changes, LAST)
    assert booked.end_fee_minor == 1000
    with changes.db.begin() as session:
        withdraw_end(session, subscription_id=booked.id, partner_ids=None, now=clock.now())
    assert bound(changes).end_fee_minor == 0
    end(changes, LAST)
    changes.travel(datetime(2027, 11, 1, 12, tzinfo=UTC))

    assert renew_contracts(changes.db) == 0  # it ends with its contract
    assert end_subscriptions(changes.db) == 1
    assert fees(changes) == [(LATER, 1000)]


def test_staff_waive_a_fee_for_a_reason_that_is_kept(
    changes: Changes, desk: FlaskClient, sign_in_staff: Any
) -> None:
    with pytest.raises(Invalid) as refused:
        end(changes, date(2026, 11, 30), waive_fee=True)
    assert [error.pointer for error in refused.value.errors] == ["#/reason"]
    assert bound(changes).ends_on is None

    csrf = sign_in_staff(desk, "orders.view", "orders.approve", "invoices.view")
    here = f"/admin/billing/subscriptions/{bound(changes).id}/end"
    shown = desk.get(here, query_string={"last_on": "2026-11-30"}).text
    assert all(words in shown for words in ("31 October 2027", f"{EARLY}: €60.00", "Waive the fee of €60.00"))
    form = {"csrf_token": csrf, "last_on": "2026-11-30", "reason": "moves abroad", "waive_fee": "on"}
    assert desk.post(here, data=form).status_code == 303
    changes.travel(datetime(2026, 12, 1, 12, tzinfo=UTC))
    end_subscriptions(changes.db)

    assert fees(changes) == []
    with changes.db.read() as session:
        kept = session.query(AuditEvent).filter_by(action="end_booked").one().details
    assert (kept["fee"], kept["reason"]) == ("0", "moves abroad")


def test_a_contract_begins_again_on_the_day_after_its_last(changes: Changes) -> None:
    changes.travel(datetime(2027, 10, 31, 23, 59, tzinfo=UTC))
    assert renew_contracts(changes.db) == 0
    changes.travel(datetime(2027, 11, 1, 0, 1, tzinfo=UTC))
    assert [renew_contracts(changes.db) for _ in range(2)] == [1, 0]
    assert bound(changes).contract_ends_on == date(2028, 10, 31)

    changes.travel(datetime(2030, 2, 1, tzinfo=UTC))
    assert renew_contracts(changes.db) == 1
    assert bound(changes).contract_ends_on == date(2030, 10, 31)


def test_where_credit_pays_for_everything_the_fee_is_billed_at_once(shop: Any, changes: Changes) -> None:
    shop.bill_as("prepaid")
    end(changes, date(2026, 11, 30))
    before = len(changes.all(Invoice))
    changes.travel(datetime(2026, 12, 1, 12, tzinfo=UTC))
    end_subscriptions(changes.db)

    assert [bill.total_minor for bill in changes.all(Invoice)[before:]] == [6000]
    assert fees(changes) == []
