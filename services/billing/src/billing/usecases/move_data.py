"""Change what is left of a lot of data, and note why: the usage history."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.bucket import MoveReason
from billing.models import DataLot, DataMove


def move_data(
    session: Session, lot: DataLot, amount_mb: int, reason: MoveReason, *, ref: str, now: datetime
) -> None:
    """
    Add *amount_mb* (negative: take it) to what is left of *lot*.
    """
    lot.moves += 1
    lot.left_mb += amount_mb
    session.add(DataMove(lot_id=lot.id, seq=lot.moves, amount_mb=amount_mb, reason=reason, ref=ref, at=now))
