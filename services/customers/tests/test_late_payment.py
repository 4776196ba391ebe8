"""What billing finds out about late payment becomes a status, in whatever order it is heard."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from customers.domain.status import Status
from customers.handlers import handlers
from customers.models import Ahead, Customer
from customers.usecases.change_status import change_status
from customers.usecases.seed_demo import DEFAULT, demo_id
from shared.contracts import billing, customers
from shared.contracts.envelope import wrap
from shared.db import Database
from shared.money import Money
from shared.testing import hear, told

ROBERT = demo_id("cus", 1)
WHO: dict[str, Any] = {"customer_id": ROBERT, "partner_id": DEFAULT}
OWED = Money(5800, "EUR")
BLOCKED = billing.AccountBlocked(
    **WHO, version=3, on=date(2026, 11, 16), owed=OWED, due_since=date(2026, 11, 16)
)
DEACTIVATED = billing.AccountDeactivated(
    **WHO, version=5, on=date(2026, 11, 26), owed=OWED, due_since=date(2026, 11, 16)
)
CLEARED = billing.AccountCleared(**WHO, version=7, on=date(2026, 12, 10))
STEPS = billing.NextStepsChanged(
    **WHO,
    version=2,
    owed=OWED,
    since_on=date(2026, 11, 1),
    steps=(
        billing.NextStep(on=date(2026, 11, 16), code="due"),
        billing.NextStep(on=date(2026, 11, 16), code="blocked"),
        billing.NextStep(on=date(2026, 11, 26), code="inactive"),
    ),
)


def standing(db: Database) -> tuple[str, str]:
    with db.read() as session:
        row = session.get_one(Customer, ROBERT)
        return row.status.value, row.status_reason.value


def person(db: Database, to: Status) -> None:
    with db.begin() as session:
        change_status(session, customer_id=ROBERT, to=to, why="", scope=None)


@pytest.fixture
def active(demo: Database) -> Database:
    person(demo, Status.ACTIVE)
    return demo


def test_blocked_inactive_and_back(active: Database) -> None:
    found = []
    for fact in (BLOCKED, DEACTIVATED, CLEARED):
        hear(active, handlers, fact)
        found.append(standing(active))

    assert found == [("blocked", "auto"), ("inactive", "auto"), ("active", "auto")]
    statuses = [fact for fact in told(active) if isinstance(fact, customers.StatusChanged)]
    assert [(each.old, each.new, each.reason) for each in statuses[-3:]] == [
        ("active", "blocked", "auto"),
        ("blocked", "inactive", "auto"),
        ("inactive", "active", "auto"),
    ]


@pytest.mark.parametrize("order", list(permutations((BLOCKED, DEACTIVATED, CLEARED))))
def test_the_last_word_holds_in_any_order_and_told_twice(active: Database, order: tuple[Any, ...]) -> None:
    for envelope in [wrap(fact) for fact in order] * 2:
        hear(active, handlers, envelope)

    assert standing(active)[0] == "active"


def test_a_manual_block_outlasts_being_inactive(active: Database) -> None:
    person(active, Status.BLOCKED)
    found = []
    for fact in (BLOCKED, DEACTIVATED, CLEARED):
        hear(active, handlers, fact)
        found.append(standing(active))

    assert found == [("blocked", "manual"), ("inactive", "auto"), ("blocked", "manual")]


def test_a_person_who_lifts_it_is_not_followed_by_it(active: Database) -> None:
    person(active, Status.BLOCKED)
    person(active, Status.ACTIVE)
    hear(active, handlers, BLOCKED)
    hear(active, handlers, CLEARED)

    assert standing(active) == ("active", "auto")


def test_the_newest_days_ahead_are_kept(active: Database) -> None:
    hear(active, handlers, STEPS)
    hear(active, handlers, billing.NextStepsChanged(**WHO, version=1, owed=OWED, since_on=None, steps=()))

    with active.read() as session:
        row = session.get_one(Ahead, ROBERT)
        assert row.money == OWED
        assert row.days == [
            (date(2026, 11, 16), "due"),
            (date(2026, 11, 16), "blocked"),
            (date(2026, 11, 26), "inactive"),
        ]


def test_the_information_page_shows_them(agent: tuple[Any, str], demo: Database) -> None:
    client, _ = agent
    assert "What happens next" not in client.get(f"/admin/customers/{ROBERT}").text

    hear(demo, handlers, STEPS)

    page = client.get(f"/admin/customers/{ROBERT}").text
    assert "What happens next" in page
    assert "€58.00 to pay." in page
    assert "Unpaid since" in page
