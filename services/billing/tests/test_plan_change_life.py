"""
Changes of plan drawn by chance, with billing runs in between (ux.md U16): the quoted lines are
what is due, what is due is what documents say, documents are the ledger, and no day is charged twice.
"""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from billing.models import CreditNote, Invoice, PlanChange
from billing.usecases.bill_accounts import bill_account
from services.billing.tests.changing import CUSTOMER, FIBRE, Changes, charged_days, total, waiting
from shared import clock
from shared.settings import environment
from shared.testing import seeds

PLANS = ("plan_a", "plan_b", "plan_c", "plan_d", FIBRE)
CHANGES = int(environment().get("RANDOM_CHANGES", "20"))  # U16 wants 500 in all: RANDOM_CHANGES=100
SETTINGS: dict[str, tuple[Any, ...]] = {
    "refund": ("unused_money", "unused_money", "none"),
    "timing": ("next_cycle", "end_of_active_month", "thirty_days", "end_of_next_month"),
    "minimum_invoice_minor": (0, 0, 1000, 5000),
    "fee_up_minor": (0, 199),
    "fee_down_minor": (0, 333),
}


class Life:
    """
    A customer who changes plans for years, while the partner changes the rules.
    """

    def __init__(self, changes: Changes, seed: int) -> None:
        self.changes, self.chance, self.today = changes, random.Random(seed), date(2026, 11, 20)
        changes.settings()
        listed = tuple(PLANS)
        for plan in PLANS[:-1]:
            price = f"{self.chance.randint(100, 9999) / 100:.2f}"
            months = self.chance.choice([1, 1, 1, 3])
            changes.shop.plan(plan, price, interval_months=months, change_target_ids=listed)
        changes.shop.plan(FIBRE, "31.07", version=3, change_target_ids=listed)

    def go_on(self) -> None:
        """
        Let some days pass, billed as they come, then change to another plan under other rules.
        """
        self.sleep(self.chance.choice([0, 0, 1, 3, 10, 31, 45]))
        rules = {name: self.chance.choice(values) for name, values in SETTINGS.items()}
        held = self.changes.active()
        if held.charged_through and held.charged_through > self.today:
            rules["refund"] = "unused_money"  # else nothing may be changed before that day
        self.changes.settings(**rules)
        self.change(self.chance.choice([each for each in PLANS if each != held.plan_id]))

    def sleep(self, days: int) -> None:
        """
        Let days pass, with a billing run each morning.
        """
        for _ in range(days):
            self.today += timedelta(days=1)
            self.changes.travel(datetime(self.today.year, self.today.month, self.today.day, 6, tzinfo=UTC))
            if self.today.day == 1:
                with self.changes.db.begin() as session:
                    bill_account(session, customer_id=CUSTOMER, cut_off=self.today, now=clock.now())

    def change(self, plan: str) -> None:
        """
        Change to *plan* today; what was quoted, billed and posted must agree.
        """
        changes = self.changes
        before = (total(changes, Invoice), total(changes, CreditNote), waiting(changes), changes.balance())
        quote = changes.quote(plan, self.today, version=3 if plan == FIBRE else 1)
        changes.book(quote)
        changes.pass_time(clock.now() + timedelta(minutes=11))
        after = (total(changes, Invoice), total(changes, CreditNote), waiting(changes), changes.balance())

        to_balance, added = (
            quote.details[name] for name in ("credit_to_balance_minor", "added_to_next_bill_minor")
        )
        lines = sum(line.amount_minor for line in quote.lines)
        billed, credited, waits, balance = (new - old for new, old in zip(after, before, strict=True))
        assert changes.active().plan_id == plan
        assert lines == quote.total_minor - to_balance + added
        assert billed - credited == quote.total_minor - to_balance == -balance
        assert waits == added


@pytest.mark.parametrize("seed", seeds(5))
def test_many_changes_are_charged_as_quoted_and_no_day_twice(
    shop: Any, travel: Callable[[datetime], None], seed: int
) -> None:
    life = Life(Changes(shop, travel), seed)
    for _ in range(CHANGES):
        life.go_on()

    days = charged_days(life.changes)
    assert len(days) == len(set(days))
    assert life.changes.journal()[1] == 0
    assert {change.status for change in life.changes.all(PlanChange)} == {"applied"}
    assert len(life.changes.all(PlanChange)) == CHANGES
