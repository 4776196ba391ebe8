"""
Give the data of each period on the day it begins, where services are billed by runs.

A run may bill a period long after it is over, so data cannot wait for it. After a standstill the period that
runs is given; those that passed meanwhile are not made up for. Prepaid services have theirs with the payment.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from billing.domain.bucket import LotKind, MoveReason
from billing.domain.charging import running_period
from billing.domain.subscription import Status
from billing.models import Account, DataLot, DataMove, Partner, PlanVersion, Subscription
from billing.usecases.grant_data import source_of
from billing.usecases.plan_next_bill import RECURRING
from shared import clock
from shared.bulk import insert_rows, update_rows
from shared.db import Database
from shared.failpoint import failpoint
from shared.ids import new_ids
from shared.periods import Period

BATCH = 200
LOT = (
    *("id", "customer_id", "subscription_id", "kind", "amount_mb", "left_mb", "source", "from_on"),
    *("expires_on", "closed", "moves", "created_at"),
)
SOURCE = LOT.index("source")
MOVE = ("lot_id", "seq", "amount_mb", "reason", "ref", "at")


def grant_period_data(db: Database, *, now: datetime) -> bool:
    """
    Give a batch of each partner's services what is due; tell whether there may be more.
    """
    with db.read() as session:
        days = {each.id: clock.local_date(now, each.timezone) for each in session.scalars(select(Partner))}
        waiting = {id: day for id, day in days.items() if session.execute(_due(id, day).limit(1)).first()}
    more = [_grant(db, partner_id, today, now=now) for partner_id, today in waiting.items()]
    return any(more)


def _grant(db: Database, partner_id: str, today: date, *, now: datetime) -> bool:
    with db.begin() as session:
        # Whoever holds a row (a report of usage, a change of plan) is not waited for: it is due next time.
        mine = _due(partner_id, today).limit(BATCH).with_for_update(of=Subscription, skip_locked=True)
        due = session.execute(mine).all()
        _give(session, [(each, _period(each, today)) for each in due if each.included_mb], now=now)
        ends = [(each.id, _period(each, today).last if each.included_mb else date.max) for each in due]
        update_rows(session, Subscription, ["id"], ["data_last_on"], ends)
        failpoint("billing.grant_period_data.inside")
    return len(due) == BATCH


def _due(partner_id: str, today: date) -> Select[Any]:
    sub, head = Subscription, aliased(Subscription)
    since = func.coalesce(head.charged_through, sub.charged_through, sub.starts_on)
    return (
        select(
            *(sub.id, sub.customer_id, sub.quantity, sub.starts_on, sub.data_last_on, Account.billing_day),
            func.coalesce(PlanVersion.included_mb, 0).label("included_mb"),
            func.coalesce(head.interval_months, sub.interval_months).label("months"),
            since.label("since"),
        )
        .join(Account, Account.customer_id == sub.customer_id)
        .outerjoin(head, head.id == sub.bundle_id)
        .outerjoin(
            PlanVersion, (PlanVersion.plan_id == sub.plan_id) & (PlanVersion.version == sub.plan_version)
        )
        .where(
            sub.partner_id == partner_id,
            sub.status == Status.ACTIVE,
            or_(sub.data_last_on.is_(None), sub.data_last_on < today),
            sub.starts_on <= today,
            or_(sub.ends_on.is_(None), sub.ends_on >= today),
            Account.billing_type == RECURRING,
        )
        .order_by(sub.data_last_on, sub.id)
    )


def _period(due: Row[Any], today: date) -> Period:
    """
    Return the days to give data for: the running period, without what was given or lies before the start.
    """
    running = running_period(due.billing_day, due.since, today, months=max(due.months, 1))
    given_to = date.fromordinal(due.data_last_on.toordinal() + 1) if due.data_last_on else date.min
    return Period(max(running.start, due.starts_on, given_to), running.end)


def _give(session: Session, due: Sequence[tuple[Row[Any], Period]], *, now: datetime) -> None:
    lots = [
        (
            *(lot_id, each.customer_id, each.id, LotKind.INCLUDED),
            *(each.included_mb * each.quantity, each.included_mb * each.quantity),
            *(source_of(each.id, period.start), period.start, period.last, False, 1, now),
        )
        for lot_id, (each, period) in zip(new_ids("lot", len(due)), due, strict=True)
    ]
    sources = [lot[SOURCE] for lot in lots]
    given = set(session.scalars(select(DataLot.source).where(DataLot.source.in_(sources))))
    new = [lot for lot in lots if lot[SOURCE] not in given]
    insert_rows(session, DataLot, LOT, new)
    moves = [(lot[0], 1, lot[4], MoveReason.GRANTED, lot[SOURCE], now) for lot in new]
    insert_rows(session, DataMove, MOVE, moves)
