"""
Walk through the rows of what staff does to many: drafts have them looked at, confirmed ones have them done.

A row is leased to one worker; what was confirmed is finished when no row of it waits any more.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import InstrumentedAttribute

from billing.domain.change import BulkStatus, ItemStatus
from billing.models import BulkAct, BulkActItem, BulkChange, BulkChangeItem
from shared import clock
from shared.db import Database

BATCH = 25
LEASE = timedelta(seconds=30)

Bulk = type[BulkChange] | type[BulkAct]
Item = type[BulkChangeItem] | type[BulkActItem]


def claim_rows(
    db: Database, bulk: Bulk, item: Item, key: InstrumentedAttribute[str]
) -> list[tuple[str, str]]:
    """
    Lease the next rows; return the bulk and the *key* of each.
    """
    now = clock.real_now()
    to_do: Select[Any] = (
        select(item)
        .join(bulk, bulk.id == item.bulk_id)
        .where(
            ((bulk.status == BulkStatus.DRAFT) & (item.status == ItemStatus.UNPRICED))
            | ((bulk.status == BulkStatus.CONFIRMED) & (item.status == ItemStatus.WAITING)),
            item.lease_until.is_(None) | (item.lease_until < now),
        )
        .order_by(item.bulk_id, key)
        .limit(BATCH)
    )
    with db.read() as session:
        if session.scalars(to_do.limit(1)).first() is None:
            return []
    with db.begin() as session:
        rows = session.scalars(to_do.with_for_update(skip_locked=True, of=item)).all()
        for row in rows:
            row.lease_until = now + LEASE
        return [(row.bulk_id, getattr(row, key.key)) for row in rows]


def finish_done(db: Database, bulk: Bulk, item: Item) -> None:
    """
    Finish what was confirmed and has no waiting row left.
    """
    waiting = select(item.bulk_id).where(item.bulk_id == bulk.id, item.status == ItemStatus.WAITING).exists()
    over = select(bulk.id).where(bulk.status == BulkStatus.CONFIRMED, ~waiting)
    with db.read() as session:
        found = session.scalars(over).all()
    if not found:
        return
    with db.begin() as session:
        session.execute(
            update(bulk)
            .where(bulk.id.in_(found), bulk.status == BulkStatus.CONFIRMED, ~waiting)
            .values(status=BulkStatus.FINISHED, finished_at=clock.now())
            .execution_options(synchronize_session=False)
        )
