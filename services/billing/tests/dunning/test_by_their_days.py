"""Pauses, starts and late payment: a standstill of the clock work leaves what working every day leaves."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from billing.domain.pause import PauseState
from billing.models import CreditNote, Pause, Subscription
from billing.usecases.approve_order import approve_order
from billing.usecases.book_pause import Rest, book_pause
from billing.usecases.start_subscriptions import start_subscriptions
from billing.usecases.work_pauses import work_pauses
from services.billing.tests.dunning.conftest import CUSTOMER, Story
from shared import clock


def november(day: int) -> date:
    return date(2026, 11, day)


@pytest.mark.parametrize("awake", [True, False], ids=["every-day", "after-a-standstill"])
@pytest.mark.parametrize(
    ("first", "last", "credited", "state"),
    [
        (november(5), november(9), [500], PauseState.OVER),  # over long before they become inactive
        (november(24), november(25), [200], PauseState.OVER),  # on that very day they could use it again
        (november(28), november(29), [], PauseState.BOOKED),  # waits for their return
    ],
)
def test_pauses_and_late_payment_follow_one_another_by_their_days(
    story: Story, awake: bool, first: date, last: date, credited: list[int], state: PauseState
) -> None:
    story.bill(november(1), due_on=november(16))
    book(story, first, last)

    for day in range(2, 30):
        story.day(november(day), clock_work=awake)
        if awake:
            work_pauses(story.shop.db)
    story.day(november(30))
    work_pauses(story.shop.db)

    assert story.steps() == [("clear", "blocked", november(16)), ("blocked", "inactive", november(26))]
    assert [row[:3] for row in story.held()] == [
        ("disabled", november(1), november(26)),
        ("paused", november(26), None),
    ]
    with story.shop.db.read() as session:
        notes = session.scalars(select(CreditNote).where(CreditNote.customer_id == CUSTOMER)).all()
        pause = session.scalars(select(Pause)).one()
        assert [note.total_minor for note in notes] == credited
        assert (pause.state, pause.ended_on) == (
            state,
            last + timedelta(days=1) if state is PauseState.OVER else None,
        )


def book(story: Story, first: date, last: date) -> None:
    """
    Book the days as a pause of the one service, whose order is approved.
    """
    with story.shop.db.begin() as session:
        session.execute(update(Subscription).values(on_approve=False))
        wanted: dict[str, Any] = {"wanted": Rest(from_on=first, last_on=last), "partner_ids": None}
        held = session.scalars(select(Subscription.id)).one()
        book_pause(session, subscription_id=held, now=clock.now(), **wanted)


@pytest.mark.parametrize("awake", [True, False], ids=["every-day", "after-a-standstill"])
def test_what_starts_before_they_are_inactive_has_started(story: Story, awake: bool) -> None:
    with story.shop.db.begin() as session:
        (order_id,) = session.scalars(select(Subscription.order_id)).all()
        approve_order(session, order_id=order_id, starts_on=november(20), partner_ids=None, now=clock.now())
    story.bill(november(1), due_on=november(16), minor=9000)

    for day in range(2, 30):
        story.day(november(day), clock_work=awake)
        if awake:
            start_subscriptions(story.shop.db)
    story.day(november(30))

    assert story.steps() == [("clear", "blocked", november(16)), ("blocked", "inactive", november(26))]
    assert story.held() == [
        ("disabled", november(20), november(26), date(2026, 12, 1)),
        ("paused", november(26), None, date(2026, 12, 1)),
    ]
