"""
Take in what a network reports, each record once: spend the data of its day, and note what nothing covers.

Reports may come late, twice and out of order. One bad record is refused alone; the others are taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.bucket import MoveReason, spend
from billing.models import Account, Subscription, UsageRecord
from billing.usecases.insert_once import insert_once
from billing.usecases.move_data import lock_lots, move_data
from shared import clock
from shared.ids import new_id

AHEAD = timedelta(minutes=5)  # clocks of networks run fast
LATE = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Reported:
    """
    So much data used at a moment; *external_id* is the reporter's own name of the record.
    """

    external_id: str
    subscription_id: str
    used_at: datetime
    amount_mb: int


@dataclass(frozen=True, kw_only=True)
class Taken:
    """
    What became of a record: *status* recorded, duplicate or refused, with the *code* why.
    """

    external_id: str
    status: str
    uncovered_mb: int = 0
    code: str | None = None


def record_usage(
    session: Session, *, reporter: str, records: Sequence[Reported], now: datetime
) -> list[Taken]:
    """
    Take *records* of one reporter, and return what became of each, in their order.
    """
    # One order of locks for all reporters: by service, then as it was used.
    order = sorted(range(len(records)), key=lambda i: (records[i].subscription_id, records[i].used_at, i))
    taken = {i: _take(session, reporter, records[i], now=now) for i in order}
    return [taken[i] for i in range(len(records))]


def _take(session: Session, reporter: str, record: Reported, *, now: datetime) -> Taken:
    subscription = session.get(Subscription, record.subscription_id)
    if subscription is None:
        return _refused(record, "not_found")
    if record.used_at > now + AHEAD:
        return _refused(record, "in_the_future")
    if record.used_at < now - LATE:
        return _refused(record, "too_old")
    row_id = new_id("use")
    new = insert_once(
        session,
        UsageRecord,
        id=row_id,
        reporter=reporter,
        external_id=record.external_id,
        subscription_id=subscription.id,
        used_at=record.used_at,
        amount_mb=record.amount_mb,
        uncovered_mb=0,
        created_at=now,
    )
    if not new:
        return _known(session, reporter, record)
    uncovered_mb = _spend(session, subscription, record, row_id, now=now)
    return Taken(external_id=record.external_id, status="recorded", uncovered_mb=uncovered_mb)


def _spend(
    session: Session, subscription: Subscription, record: Reported, row_id: str, *, now: datetime
) -> int:
    account = session.get_one(Account, subscription.customer_id)
    day = clock.local_date(record.used_at, account.timezone)
    lots = {lot.id: lot for lot in lock_lots(session, _current(session, subscription, day).id)}
    spent = spend([lot.lot() for lot in lots.values()], record.amount_mb, day=day)
    for lot_id, amount_mb in spent.taken:
        move_data(session, lots[lot_id], -amount_mb, MoveReason.USED, ref=row_id, now=record.used_at)
    if spent.uncovered_mb:
        session.get_one(UsageRecord, row_id).uncovered_mb = spent.uncovered_mb
    session.flush()
    return spent.uncovered_mb


def _current(session: Session, subscription: Subscription, day: date) -> Subscription:
    """
    Follow changes of plan: networks may go on with the name they know.

    The copy made when the customer became inactive has the data of the days before, too.
    """
    query = select(Subscription).where(
        Subscription.parent_id == subscription.id,
        (Subscription.starts_on <= day) | (Subscription.plan_id == subscription.plan_id),
    )
    following = session.scalars(query.order_by(Subscription.id.desc())).first()
    return _current(session, following, day) if following else subscription


def _known(session: Session, reporter: str, record: Reported) -> Taken:
    before = session.scalars(
        select(UsageRecord).filter_by(reporter=reporter, external_id=record.external_id)
    ).one()
    same = (before.subscription_id, before.used_at, before.amount_mb) == (
        record.subscription_id,
        record.used_at,
        record.amount_mb,
    )
    if not same:
        return _refused(record, "external_id_reused")
    return Taken(external_id=record.external_id, status="duplicate", uncovered_mb=before.uncovered_mb)


def _refused(record: Reported, code: str) -> Taken:
    return Taken(external_id=record.external_id, status="refused", code=code)
