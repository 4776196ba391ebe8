"""
Every combination of the change-plan rules, in the real shop: what is quoted is what happens.

Refund x timing x minimum x fees x direction; then a billing run, after which every day is charged once.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from billing.models import CreditNote, Invoice
from billing.usecases.bill_accounts import bill_account
from services.billing.tests.changing import CUSTOMER, FAST, FIBRE, SLOW, Changes, charged_days, total, waiting
from shared import clock

EQUAL = "plan_equal"
TIMINGS = ("next_cycle", "end_of_active_month", "thirty_days", "end_of_next_month")


@pytest.fixture
def changes(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    """
    A shop with a plan that costs the same as the present one, too.
    """
    found = Changes(shop, travel)
    shop.plan(EQUAL, "30.00", name="Fibre 100 L")
    shop.plan(FIBRE, "30.00", version=3, change_target_ids=(FAST, SLOW, EQUAL))
    return found


@pytest.mark.parametrize("plan", [FAST, SLOW, EQUAL], ids=["up", "down", "same"])
@pytest.mark.parametrize("timing", TIMINGS)
@pytest.mark.parametrize("refund", ["unused_money", "none"])
@pytest.mark.parametrize("minimum", [0, 2500], ids=["any bill", "from 25.00"])
@pytest.mark.parametrize("fees", [(0, 0), (200, 150)], ids=["free", "fees"])
def test_what_is_quoted_is_what_happens_and_every_day_is_charged_once(
    changes: Changes, refund: str, timing: str, minimum: int, fees: tuple[int, int], plan: str
) -> None:
    changes.settings(
        refund=refund,
        timing=timing,
        minimum_invoice_minor=minimum,
        fee_up_minor=fees[0],
        fee_down_minor=fees[1],
    )
    day = date(2026, 11, 20) if refund == "unused_money" else date(2026, 12, 1)
    billed, balance = total(changes, Invoice), changes.balance()

    quote = changes.quote(plan, day)
    change = changes.book(quote)
    changes.pass_time(datetime(day.year, day.month, day.day, 13, tzinfo=UTC))

    assert changes.find(change).status == "applied"
    details, lines = quote.details, sum(line.amount_minor for line in quote.lines)
    assert (
        lines == quote.total_minor - details["credit_to_balance_minor"] + details["added_to_next_bill_minor"]
    )
    made = total(changes, Invoice) - billed
    assert made - total(changes, CreditNote) == quote.total_minor - details["credit_to_balance_minor"]
    assert balance - changes.balance() == quote.total_minor - details["credit_to_balance_minor"]
    assert waiting(changes) == details["added_to_next_bill_minor"]

    changes.travel(datetime(2027, 1, 1, 6, tzinfo=UTC))
    with changes.db.begin() as session:
        bill_account(session, customer_id=CUSTOMER, cut_off=date(2027, 1, 1), now=clock.now())

    assert charged_days(changes) == [date(2026, 11, 1) + timedelta(days=number) for number in range(92)]
    assert waiting(changes) == 0
    assert changes.journal()[1] == 0
