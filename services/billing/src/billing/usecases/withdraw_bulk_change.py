"""Take a change of many back: what is booked and not made yet is undone, each row by itself."""

from datetime import datetime

from sqlalchemy import select, update

from billing.domain.change import BulkStatus, ChangeNotCancellable, ItemStatus
from billing.models import BulkChangeItem
from billing.queries.bulk_changes import Scope, find_bulk
from billing.usecases.start_bulk_change import audit_bulk
from billing.usecases.withdraw_plan_change import withdraw_plan_change
from shared.db import Database


def withdraw_bulk_change(db: Database, *, bulk_id: str, scope: Scope, now: datetime) -> tuple[int, int]:
    """
    Undo what can be undone; return how many rows were, and how many had been made already.

    :raises NotFound: if there is no such change within *scope*
    """
    with db.begin() as session:
        bulk = find_bulk(session, bulk_id, scope=scope, lock=True)
        bulk.status, bulk.finished_at = BulkStatus.WITHDRAWN, now
        audit_bulk(session, bulk_id, "bulk_change_withdrawn", now=now)
        # Rows not booked yet never will be: the worker books for confirmed changes only.
        waiting = (ItemStatus.UNPRICED, ItemStatus.WAITING)
        session.execute(
            update(BulkChangeItem)
            .where(BulkChangeItem.bulk_id == bulk_id, BulkChangeItem.status.in_(waiting))
            .values(status=ItemStatus.WITHDRAWN)
        )
        booked = session.execute(
            select(BulkChangeItem.subscription_id, BulkChangeItem.change_id).where(
                BulkChangeItem.bulk_id == bulk_id, BulkChangeItem.status == ItemStatus.DONE
            )
        ).all()
    undone = sum(_undo(db, bulk_id, *each, now=now) for each in booked)
    return undone, len(booked) - undone


def _undo(db: Database, bulk_id: str, subscription_id: str, change_id: str | None, *, now: datetime) -> bool:
    try:
        with db.begin() as session:
            withdraw_plan_change(session, change_id=change_id or "", now=now)
            item = session.get_one(BulkChangeItem, (bulk_id, subscription_id))
            item.status = ItemStatus.WITHDRAWN
    except ChangeNotCancellable:
        return False
    return True
