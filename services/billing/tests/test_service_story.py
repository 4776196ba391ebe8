"""What happened to a service is told from its order through plans and pauses to its end."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from billing.queries.bills import Wanted, count_invoices_of, invoices_of
from billing.queries.service_story import service_story
from billing.usecases.book_end import book_end
from billing.usecases.book_pause import Rest
from billing.usecases.deactivate_account import deactivate_account
from billing.usecases.end_subscriptions import end_subscriptions
from billing.usecases.lock_account import lock_account
from billing.usecases.reactivate_account import reactivate_account
from services.billing.tests.changing import CUSTOMER, FAST, Changes
from services.billing.tests.pausing import TWENTY_SECOND, approved, noon, pause
from shared import clock
from shared.errors import NotFound

NOV = date(2026, 11, 1)


@pytest.fixture
def changes(shop: Any, travel: Callable[[datetime], None]) -> Changes:
    """
    Fibre 100 at 30.00 since 1 November, approved, billed and paid for November; it is the 20th.
    """
    return approved(Changes(shop, travel))


def story(changes: Changes, subscription_id: str, *, customer: str = CUSTOMER) -> list[tuple[Any, ...]]:
    with changes.db.read() as session:
        found = service_story(session, customer_id=customer, subscription_id=subscription_id)
    return [(each.on, each.code, each.done) for each in found]


def test_a_service_is_told_from_its_order_to_its_end(changes: Changes) -> None:
    first = changes.active().id
    pause(changes, Rest(from_on=TWENTY_SECOND, last_on=date(2026, 11, 23)))
    begun = [(NOV, "ordered", True), (NOV, "activated", True)]
    assert story(changes, first) == [
        *begun,
        (TWENTY_SECOND, "paused", False),
        (date(2026, 11, 24), "resumed", False),
    ]

    noon(changes, TWENTY_SECOND)
    noon(changes, date(2026, 11, 24))
    changes.change(FAST, date(2026, 11, 26))
    booked = story(changes, first)[-1]
    changes.pass_time(datetime(2026, 11, 26, 1, tzinfo=UTC))
    second = changes.active().id
    with changes.db.begin() as session:
        book_end(
            session,
            subscription_id=second,
            last_on=date(2026, 11, 28),
            reason="",
            partner_ids=None,
            now=clock.now(),
        )
    ending = story(changes, second)[-1]
    noon(changes, date(2026, 11, 29))
    end_subscriptions(changes.db)

    assert booked == (date(2026, 11, 26), "plan_changed", False)
    assert ending == (date(2026, 11, 28), "ended", False)
    assert story(changes, second) == [
        *begun,
        (TWENTY_SECOND, "paused", True),
        (date(2026, 11, 24), "resumed", True),
        (date(2026, 11, 26), "plan_changed", True),
        (date(2026, 11, 28), "ended", True),
    ]
    with pytest.raises(NotFound):
        story(changes, second, customer="cus_00000000000000000000000002")


def test_what_was_stopped_and_came_back_is_told_once(changes: Changes) -> None:
    first = changes.active().id
    with changes.db.begin() as session:
        account = lock_account(session, customer_id=CUSTOMER)
        deactivate_account(session, account, on=TWENTY_SECOND, since_on=None, now=clock.now())
    assert story(changes, first)[-1] == (TWENTY_SECOND, "stopped", True)
    noon(changes, date(2026, 11, 25))
    with changes.db.begin() as session:
        account = lock_account(session, customer_id=CUSTOMER)
        reactivate_account(session, account, on=date(2026, 11, 25), now=clock.now())

    assert story(changes, changes.active().id)[2:] == [
        (TWENTY_SECOND, "stopped", True),
        (date(2026, 11, 25), "returned", True),
    ]


def test_the_bills_of_a_service_are_those_of_the_plans_before_it_too(shop: Any, changes: Changes) -> None:
    changes.settings(timing="end_of_active_month")
    first = changes.active().id
    changes.change(FAST, date(2026, 11, 20))
    shop.order("plan_router")
    shop.work()
    with changes.db.read() as session:
        of_it = Wanted(subscription_id=changes.active().id)
        listed = invoices_of(session, customer_id=CUSTOMER, limit=10, wanted=of_it)
        assert count_invoices_of(session, customer_id=CUSTOMER, wanted=of_it) == len(listed)
        charged = {line.subscription_id for bill in listed for line in bill.lines if line.subscription_id}
        assert charged == {first, changes.active().id}
        assert count_invoices_of(session, customer_id=CUSTOMER) == len(listed) + 1
        with pytest.raises(NotFound):
            invoices_of(session, customer_id="cus_x", limit=10, wanted=of_it)
