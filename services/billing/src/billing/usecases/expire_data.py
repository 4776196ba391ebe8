"""Close lots of data whose last day is over; late reports may still take from them for two days."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.bucket import MoveReason
from billing.models import DataLot
from billing.usecases.move_data import close_lot, lock_lots
from shared.db import Database

LATE_REPORTS = timedelta(days=2)
AT_ONCE = 500


def expire_data(db: Database, *, now: datetime) -> bool:
    """
    Close what ended long enough ago; tell whether there may be more.
    """
    with db.begin() as session:
        over = _over(session, now=now)
        for subscription_id in sorted({lot.subscription_id for lot in over}):
            lock_lots(session, subscription_id)
        for lot in over:
            close_lot(session, lot, MoveReason.EXPIRED, ref=f"end:{lot.expires_on}", now=now)
    return len(over) == AT_ONCE


def _over(session: Session, *, now: datetime) -> list[DataLot]:
    last = (now - LATE_REPORTS).date()
    query = select(DataLot).where(DataLot.closed.is_(False), DataLot.expires_on < last)
    return list(session.scalars(query.order_by(DataLot.expires_on, DataLot.id).limit(AT_ONCE)))
