"""
Clock work: count how months went, so that the overview is read, not worked out.

The running month and the one before are counted anew each hour, since bills are still paid and starts moved;
older ones once. What takes too long goes on next time, so that other clock work does not wait for it.
"""

from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from billing.domain.movement import Movement, movement
from billing.models import MonthFigures, Partner
from billing.queries.months import ONE_DAY, began_on, monthly_on, paid_on_time
from shared import clock
from shared.db import Database

MONTHS = 12
EVERY = timedelta(hours=1)
LIVELY = 2
PATIENCE_SECONDS = 2.0


def count_months(db: Database) -> bool:
    """
    Count the months that are due, for as long as others can wait; never tell that there is more to do.
    """
    until = monotonic() + PATIENCE_SECONDS
    while _count_next(db) and monotonic() < until:
        pass
    return False


def _count_next(db: Database) -> bool:
    now = clock.now()
    with db.read() as session:
        found = _next(session, now)
    if found is None:
        return False
    partner_id, month = found
    with db.begin(durable=False) as session:
        partner = session.get_one(Partner, partner_id, with_for_update=True)  # one worker at a time
        _count(session, partner, month, now=now)
    return True


def _next(session: Session, now: datetime) -> tuple[str, date] | None:
    counted = {
        (partner_id, month): at
        for partner_id, month, at in session.execute(
            select(
                MonthFigures.partner_id, MonthFigures.month_on, func.max(MonthFigures.counted_at)
            ).group_by(MonthFigures.partner_id, MonthFigures.month_on)
        )
    }
    for partner in session.scalars(select(Partner).order_by(Partner.number)):
        for back, month in enumerate(_months(partner, now)):
            at = counted.get((partner.id, month))
            # A clock that was moved back in the sandbox leaves counts of the future behind.
            if at is None or (back < LIVELY and not now - EVERY < at <= now):
                return partner.id, month
    return None


def _months(partner: Partner, now: datetime) -> list[date]:
    """
    Return the last twelve months at the partner, the running one first.
    """
    found = [clock.local_date(now, partner.timezone).replace(day=1)]
    while len(found) < MONTHS:
        found.append((found[-1] - ONE_DAY).replace(day=1))
    return found


def _count(session: Session, partner: Partner, month: date, *, now: datetime) -> None:
    today = clock.local_date(now, partner.timezone)
    following = (month + timedelta(days=31)).replace(day=1)
    begun = began_on(session, partner.id)
    if begun is None or begun >= following:
        _note_nothing(session, partner, month, now=now)
        return
    before = monthly_on(session, partner.id, month - ONE_DAY)
    after = monthly_on(session, partner.id, min(following - ONE_DAY, today))
    bills = paid_on_time(session, partner, month, min(following, today + ONE_DAY))
    _forget(session, partner, month)
    for currency in {partner.currency, *before, *after, *bills}:
        old, new = before.get(currency, {}), after.get(currency, {})
        due, timely = bills.get(currency, (0, 0))
        session.add(
            _figures(
                partner,
                month,
                movement(old, new),
                currency=currency,
                monthly_minor=sum(new.values()),
                due_bills=due,
                paid_on_time=timely,
                counted_at=now,
            )
        )


def _note_nothing(session: Session, partner: Partner, until: date, *, now: datetime) -> None:
    # There was no business yet: this month and all before it are noted at once.
    for month in _months(partner, now):
        if month <= until:
            _forget(session, partner, month)
            session.add(_figures(partner, month, movement({}, {}), currency=partner.currency, counted_at=now))


def _forget(session: Session, partner: Partner, month: date) -> None:
    mine = (MonthFigures.partner_id == partner.id, MonthFigures.month_on == month)
    session.execute(delete(MonthFigures).where(*mine))


def _figures(partner: Partner, month: date, moved: Movement, **counted: Any) -> MonthFigures:
    nothing = {"monthly_minor": 0, "due_bills": 0, "paid_on_time": 0}
    return MonthFigures(
        partner_id=partner.id,
        month_on=month,
        new_minor=moved.new,
        expansion_minor=moved.expansion,
        contraction_minor=moved.contraction,
        churn_minor=moved.churn,
        **(nothing | counted),
    )
