"""Change what is left of a lot of data, and note why: the usage history."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.bucket import MoveReason
from billing.models import DataLot, DataMove, Subscription
from billing.queries.rollover import open_lots


def move_data(
    session: Session, lot: DataLot, amount_mb: int, reason: MoveReason, *, ref: str, now: datetime
) -> None:
    """
    Add *amount_mb* (negative: take it) to what is left of *lot*.
    """
    lot.moves += 1
    lot.left_mb += amount_mb
    session.add(DataMove(lot_id=lot.id, seq=lot.moves, amount_mb=amount_mb, reason=reason, ref=ref, at=now))


def lock_lots(session: Session, subscription_id: str) -> list[DataLot]:
    """
    Lock the subscription's data against other spenders, and return its open lots as they are.
    """
    mine = select(Subscription.id).where(Subscription.id == subscription_id)
    session.execute(mine.with_for_update())
    return open_lots(session, subscription_id)


def give_lots(session: Session, old: Subscription, new: Subscription) -> None:
    """
    Let *new*, which goes on for *old*, have its open lots as they are: their days, and what is left.
    """
    for lot in lock_lots(session, old.id):
        lot.subscription_id = new.id
    session.flush()


def close_lot(session: Session, lot: DataLot, reason: MoveReason, *, ref: str, now: datetime) -> None:
    """
    Take what is left of *lot* and never anything again.
    """
    lot.closed = True
    if lot.left_mb:
        move_data(session, lot, -lot.left_mb, reason, ref=ref, now=now)
