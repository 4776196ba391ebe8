"""A customer whose service pauses: what somebody does, and what came of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import update

from billing.models import CreditNote, Pause, Subscription
from billing.usecases.bill_accounts import bill_account
from billing.usecases.book_pause import Rest, book_pause
from billing.usecases.move_pause_end import move_pause_end
from billing.usecases.withdraw_pause import withdraw_pause
from billing.usecases.work_pauses import work_pauses
from services.billing.tests.changing import CUSTOMER, Changes
from shared import clock

TWENTY_SECOND, TWENTY_SIXTH = date(2026, 11, 22), date(2026, 11, 26)
FIVE_DAYS = Rest(from_on=TWENTY_SECOND, last_on=TWENTY_SIXTH)


def approved(changes: Changes) -> Changes:
    """
    Return *changes* with every order approved, and nobody ever blocked.
    """
    changes.settings()
    with changes.db.begin() as session:
        session.execute(update(Subscription).values(on_approve=False))
    return changes


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def pause(
    changes: Changes, wanted: Rest = FIVE_DAYS, *, of: str = "", scope: Any = None, **more: Any
) -> Pause:
    with changes.db.begin() as session:
        return book_pause(
            session,
            subscription_id=of or changes.active().id,
            wanted=wanted,
            partner_ids=scope,
            now=clock.now(),
            **more,
        )


def back(changes: Changes, subscription_id: str, day: date, **more: Any) -> Pause:
    with changes.db.begin() as session:
        return move_pause_end(
            session, subscription_id=subscription_id, back_on=day, partner_ids=None, now=clock.now(), **more
        )


def undo(changes: Changes, subscription_id: str) -> None:
    with changes.db.begin() as session:
        withdraw_pause(session, subscription_id=subscription_id, partner_ids=None, now=clock.now())


def noon(changes: Changes, day: date, *, work: bool = True) -> None:
    changes.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    if work:
        work_pauses(changes.db)


def bill(changes: Changes, day: date) -> int:
    """
    Bill the account on *day* and return what it came to, in cents.
    """
    noon(changes, day, work=False)
    with changes.db.begin() as session:
        billed = bill_account(session, customer_id=CUSTOMER, cut_off=day, now=clock.now())
        return billed.total_minor if billed else 0


def find(changes: Changes, subscription_id: str) -> Subscription:
    with changes.db.read() as session:
        return session.get_one(Subscription, subscription_id)


def credits(changes: Changes) -> list[int]:
    return [note.total_minor for note in changes.all(CreditNote)]
