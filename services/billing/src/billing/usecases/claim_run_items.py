"""Take accounts of a run to work on: any number of workers, no two with the same account."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.orm import Session

from billing.domain.run import ItemState
from billing.models import RunItem
from shared import clock
from shared.bulk import among, plain_rows
from shared.db import Database

LEASE = timedelta(seconds=60)  # real time; a batch takes a fraction of a second


def claim_run_items(db: Database, *, run_id: str, worker: str, limit: int) -> list[Row[Any]]:
    """
    Return up to *limit* accounts nobody works on (and their preview's fingerprints), now this worker's.

    A claim ends by itself: what a dead worker held is taken by the next one.
    """
    with db.begin(durable=False) as session:
        return _claim(session, _waiting(run_id), run_id, worker, limit) or _claim(
            session, _left_behind(run_id), run_id, worker, limit
        )


def release_run_items(db: Database, *, run_id: str, worker: str) -> None:
    """
    Give back what this worker took and will not do.
    """
    with db.begin(durable=False) as session:
        session.execute(
            update(RunItem)
            .where(RunItem.run_id == run_id, RunItem.owner == worker, RunItem.state == ItemState.CLAIMED)
            .values(state=ItemState.WAITING, owner=None, lease_until=None)
            .execution_options(synchronize_session=False)
        )


def _claim(
    session: Session, wanted: Select[tuple[str]], run_id: str, worker: str, limit: int
) -> list[Row[Any]]:
    found = plain_rows(session, wanted.limit(limit).with_for_update(skip_locked=True))
    if not found:
        return []
    claimed = (
        update(RunItem)
        .where(RunItem.run_id == run_id, among(RunItem.customer_id, [row[0] for row in found]))
        .values(
            state=ItemState.CLAIMED,
            owner=worker,
            attempts=RunItem.attempts + 1,
            lease_until=clock.real_now() + LEASE,
        )
        .returning(RunItem.customer_id, RunItem.fingerprint, RunItem.attempts)
    )
    return sorted(plain_rows(session, claimed))


def _waiting(run_id: str) -> Select[tuple[str]]:
    return (
        select(RunItem.customer_id)
        .where(RunItem.run_id == run_id, RunItem.state == ItemState.WAITING)
        .order_by(RunItem.customer_id)
    )


def _left_behind(run_id: str) -> Select[tuple[str]]:
    return (
        select(RunItem.customer_id)
        .where(
            RunItem.run_id == run_id,
            RunItem.state == ItemState.CLAIMED,
            RunItem.lease_until < clock.real_now(),
        )
        .order_by(RunItem.customer_id)
    )
