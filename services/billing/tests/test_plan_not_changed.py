"""A booked change that cannot be made any more: nothing moves, and everybody who has to know is told."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from billing.domain.change import ChangeStatus
from billing.models import Invoice
from billing.queries.holdings import subscriptions_of
from services.billing.tests.changing import CUSTOMER, FAST, FIBRE, SLOW, Changes
from shared.testing import told


@pytest.fixture
def changes(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    return Changes(shop, travel)


def shown_as_failed(changes: Changes) -> list[tuple[str, date]]:
    with changes.db.read() as session:
        held = subscriptions_of(session, customer_id=CUSTOMER)
    failed = [each.failed_change for each in held if each.failed_change]
    return [(each.to_plan_name, each.effective_on) for each in failed]


def test_what_cannot_be_made_as_promised_fails_and_changes_nothing(
    changes: Changes, desk: Any, sign_in_staff: Any
) -> None:
    booked = changes.book(changes.quote(FAST, date(2026, 11, 25)))
    with changes.db.begin() as session:
        line = session.scalars(select(Invoice)).one().lines[0]
        line.credited_minor = 2500  # a person credited most of November meanwhile
    before = changes.journal()

    changes.pass_time(datetime(2026, 11, 25, 1, 0, tzinfo=UTC))

    change = changes.find(booked)
    assert (change.status, change.failure_code) == (ChangeStatus.FAILED, "quote_changed")
    assert changes.active().plan_id == FIBRE
    assert changes.journal() == before
    assert changes.facts()[-1] == "billing.plan_change_failed"
    fact = told(changes.db)[-1]
    assert (fact.from_plan_name, fact.to_plan_name, fact.effective_on) == (
        "Fibre 100",
        "Fibre 500",
        date(2026, 11, 25),
    )
    assert shown_as_failed(changes) == [("Fibre 500", date(2026, 11, 25))]
    sign_in_staff(desk, "orders.view")
    assert "Plan changes not made" in desk.get("/admin/billing").text
    changes.book(changes.quote(SLOW, date(2026, 12, 1)))
    assert shown_as_failed(changes) == []
    assert 'id="unchanged"' not in desk.get("/admin/billing").text
