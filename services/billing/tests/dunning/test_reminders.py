"""Reminders of unpaid bills: exact days, once each, one message a day, and none for who has paid."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from billing.domain.dunning import Case, Document
from billing.domain.reminders import Trail, come, next_look, plan
from billing.domain.settings import BillingSettings
from billing.usecases.give_more_time import give_more_time
from billing.usecases.remind_due_accounts import remind_due_accounts
from shared import clock
from shared.contracts.billing import AccountBlocked, AccountCleared, NextStep, ReminderDue
from shared.money import Money

NOVEMBER = [date(2026, 11, number) for number in range(1, 31)]
DECEMBER = [date(2026, 12, number) for number in range(1, 32)]


def nov(number: int) -> date:
    return NOVEMBER[number - 1]


def dec(number: int) -> date:
    return DECEMBER[number - 1]


def live(story: Any, first: date, last: date, *hours: int) -> None:
    """
    Let days pass, with the worker at every one of *hours* (12 if none is named).
    """
    for offset in range((last - first).days + 1):
        for hour in hours or (12,):
            story.day(first + timedelta(days=offset), hour)
            remind_due_accounts(story.shop.db)


def reminders(story: Any) -> list[tuple[date, int, str]]:
    return [(each.on, each.step, each.owed.amount) for each in story.told(ReminderDue)]


def test_a_bill_that_nobody_pays_is_reminded_of_three_times(story: Any) -> None:
    story.bill(nov(1), due_on=nov(16))

    live(story, nov(1), dec(31), 7, 8, 20)

    assert reminders(story) == [(nov(11), 1, "30.00"), (nov(15), 2, "30.00"), (nov(21), 3, "30.00")]
    first, _, third = story.told(ReminderDue)
    (bill,) = first.bills
    assert (bill.issued_on, bill.due_on, bill.open) == (nov(1), nov(16), Money(3000, "EUR"))
    ahead = (("due", nov(16)), ("blocked", nov(16)), ("inactive", nov(26)))
    assert first.steps == tuple(NextStep(on=on, code=code) for code, on in ahead)
    assert (first.blocked, third.blocked) == (False, True)
    assert third.steps == (NextStep(on=nov(26), code="inactive"),)
    assert story.account.remind_next_on is None


def test_nobody_is_written_to_before_eight_in_the_morning(story: Any) -> None:
    story.bill(nov(1), due_on=nov(16))

    live(story, nov(11), nov(11), 7)
    assert reminders(story) == []
    live(story, nov(11), nov(11), 8)
    assert reminders(story) == [(nov(11), 1, "30.00")]


def test_a_standstill_is_followed_by_one_reminder_and_not_three(story: Any) -> None:
    story.bill(nov(1), due_on=nov(16))
    live(story, nov(2), nov(5))

    live(story, nov(22), nov(25))

    assert reminders(story) == [(nov(22), 3, "30.00")]


def test_who_has_paid_hears_nothing_and_who_paid_a_part_hears_of_the_rest(story: Any) -> None:
    story.bill(nov(1), due_on=nov(16))
    live(story, nov(2), nov(10))
    story.pay(1000)
    live(story, nov(11), nov(14))
    story.pay(2000)
    live(story, nov(15), nov(30))

    assert reminders(story) == [(nov(11), 1, "20.00")]


def test_two_bills_make_one_message_a_day(story: Any) -> None:
    story.bill(nov(1), due_on=nov(16))
    story.day(nov(2))
    story.bill(nov(2), due_on=nov(16), minor=500)
    story.day(nov(3))
    story.bill(nov(3), due_on=nov(15), minor=100)

    live(story, nov(9), nov(15), 8, 9, 20)

    assert reminders(story) == [
        (nov(10), 1, "36.00"),
        (nov(11), 1, "36.00"),
        (nov(14), 2, "36.00"),
        (nov(15), 2, "36.00"),
    ]


def test_a_customer_may_have_days_of_their_own_or_none(story: Any) -> None:
    story.settings(reminders=[0])
    story.bill(nov(1), due_on=nov(16))
    live(story, nov(2), nov(16))
    assert reminders(story) == [(nov(16), 1, "30.00")]

    story.settings(reminders=[])
    live(story, nov(17), nov(30))
    assert len(reminders(story)) == 1


@pytest.mark.parametrize("mail", [True, False])
def test_a_switch_says_whether_paused_and_returned_access_is_mailed(story: Any, mail: bool) -> None:
    story.settings(mail_access=mail)
    story.bill(nov(1), due_on=nov(16))
    live(story, nov(16), nov(16))
    story.pay(3000)

    blocked, cleared = story.told(AccountBlocked, AccountCleared)
    assert (blocked.mail, blocked.inactive_on, cleared.mail) == (mail, nov(26), mail)


def test_who_is_inactive_is_not_reminded(story: Any) -> None:
    story.settings(reminders=[9, 10, 20])
    story.bill(nov(1), due_on=nov(16))

    live(story, nov(2), dec(31))

    assert reminders(story) == [(nov(25), 1, "30.00")]


def test_more_time_moves_the_reminders_that_are_left(story: Any) -> None:
    invoice_id = story.bill(nov(1), due_on=nov(16))
    live(story, nov(2), nov(12))
    with story.shop.db.begin() as session:
        give_more_time(
            session,
            customer_id=story.shop.customer,
            invoice_id=invoice_id,
            until=nov(30),
            reason="Asked.",
            partner_ids=None,
            now=clock.now(),
        )
    live(story, nov(13), dec(10))

    assert [(on, step) for on, step, _ in reminders(story)] == [(nov(11), 1), (nov(29), 2), (dec(5), 3)]
    assert [fact.on for fact in story.told(AccountBlocked)] == [nov(30)]


SETTINGS = BillingSettings()


def case(*documents: Document, balance: int = -3000) -> Case:
    return Case(documents=documents, balance_minor=balance, settings=SETTINGS, timezone="Europe/Dublin")


def bill(**more: Any) -> Document:
    facts = {"issued_on": nov(1), "due_on": nov(16), "open_minor": 3000, "invoice_id": "inv_1"}
    return Document(**{**facts, **more})


def noon(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("issued", "due", "days", "expected"),
    [
        (nov(1), nov(16), (-5, -1, 5), [(1, nov(11)), (2, nov(15)), (3, nov(21))]),
        (nov(1), nov(16), (0,), [(1, nov(16))]),
        (nov(1), nov(4), (-5, -1, 5), [(2, nov(3)), (3, nov(9))]),
        (nov(1), nov(2), (-1,), []),
        (nov(28), dec(13), (-5, 19), [(1, dec(8)), (2, date(2027, 1, 1))]),
        (nov(1), nov(16), (), []),
    ],
)
def test_days_are_counted_from_the_due_day_and_come_after_the_bill(
    issued: date, due: date, days: tuple[int, ...], expected: list[tuple[int, date]]
) -> None:
    assert plan(bill(issued_on=issued, due_on=due), days) == expected


def test_money_on_its_way_holds_a_reminder_back_for_a_day() -> None:
    held = case(bill(paying_since=noon(nov(10)) + timedelta(hours=1)))

    assert come(held, noon(nov(11)), Trail()) == []
    assert next_look(held, noon(nov(11)), Trail()) == nov(12)
    assert [each.step for each in come(held, noon(nov(12)), Trail())] == [1]


def test_what_does_not_count_is_not_reminded_of() -> None:
    assert come(case(bill(one_time=True)), noon(nov(21)), Trail()) == []
    assert come(case(bill(), balance=0), noon(nov(21)), Trail()) == []


def test_a_step_of_long_ago_is_not_made_up_for() -> None:
    steps = come(case(bill()), noon(dec(20)), Trail())

    assert [(each.step, each.told) for each in steps] == [(1, False), (2, False), (3, False)]
