"""Money is on its way while the clock says block (F78), and two workers look at the same account."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from billing.clients.fake_provider import Knob
from billing.clients.provider import OutcomeStatus
from billing.models import Payment
from billing.usecases.open_payment import PayBy
from billing.usecases.pay_bills import pay_bills
from billing.usecases.review_due_accounts import review_due_accounts
from shared import clock
from shared.contracts import billing as facts

STATES = (facts.AccountBlocked, facts.AccountDeactivated, facts.AccountCleared)


def november(day: int) -> date:
    return date(2026, 11, day)


@pytest.fixture
def paying(story: Any) -> Any:
    """
    A bill whose payment was begun an hour before it blocks; the bank has not answered yet.
    """
    bill = story.bill(november(1), due_on=november(16))
    story.day(november(15), 23)
    story.shop.provider.knob = Knob.PEND
    with story.shop.db.begin() as session:
        pay_bills(
            session,
            customer_id=story.shop.customer,
            invoice_ids=[bill],
            how=PayBy(method_id=story.shop.card(), return_url="https://portal.example/{payment_id}"),
            now=clock.now(),
            retry_of=None,
        )
    story.shop.work()
    return story


def payment(story: Any) -> Payment:
    with story.shop.db.read() as session:
        query = select(Payment).where(Payment.provider == "sandbox").order_by(Payment.id.desc())
        return session.scalars(query).first()  # type: ignore[return-value]


def answer(story: Any, status: OutcomeStatus) -> None:
    """
    Let the bank answer at last.
    """
    code = "card_declined" if status is OutcomeStatus.FAILED else None
    story.shop.provider.finish(payment(story).id, status, failure_code=code)
    story.shop.later()


def test_money_that_was_on_its_way_in_time_blocks_nobody(paying: Any) -> None:
    paying.day(november(16), 0)
    paying.day(november(16), 20)
    assert paying.state == "clear"

    answer(paying, OutcomeStatus.SUCCEEDED)

    assert (paying.state, paying.account.balance.minor) == ("clear", 0)
    paying.day(november(30))
    assert paying.told(*STATES) == []


def test_money_that_did_not_come_after_all_blocks_at_once(paying: Any) -> None:
    paying.day(november(16), 10)
    assert paying.state == "clear"

    answer(paying, OutcomeStatus.FAILED)

    assert paying.state == "blocked"
    assert paying.steps() == [("clear", "blocked", november(16))]


def test_nobody_waits_longer_than_a_day(paying: Any) -> None:
    paying.day(november(16), 22)
    assert paying.state == "clear"

    paying.day(november(17), 0)
    assert paying.state == "blocked"

    answer(paying, OutcomeStatus.SUCCEEDED)
    assert [type(fact) for fact in paying.told(*STATES)] == [facts.AccountBlocked, facts.AccountCleared]


def test_two_workers_take_one_step(story: Any) -> None:
    story.bill(november(1), due_on=november(16))
    story.travel(datetime(2026, 11, 26, 12, tzinfo=UTC))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: review_due_accounts(story.shop.db), range(4)))

    assert [type(fact) for fact in story.told(*STATES)] == [facts.AccountDeactivated]
    assert [status for status, *_ in story.held()] == ["disabled", "paused"]
    assert len(story.steps()) == 2
