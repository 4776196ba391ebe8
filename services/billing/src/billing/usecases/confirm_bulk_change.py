"""Confirm a previewed change of many, or have what failed tried again."""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from billing.domain.change import BulkStatus, ItemStatus
from billing.models import BulkChange, BulkChangeItem
from billing.queries.bulk_changes import Scope, find_bulk
from billing.usecases.start_bulk_change import audit_bulk
from shared.errors import Conflict, FieldError, Invalid


class BulkMoved(Conflict, code="bulk_change_moved", title="This change of many has moved on"):
    """
    What was asked is not possible where it stands now.
    """


def confirm_bulk_change(
    session: Session, *, bulk_id: str, count: int, scope: Scope, now: datetime
) -> BulkChange:
    """
    Have every row that was priced changed; *count* is how many the person who confirms expects.

    :raises NotFound: if there is no such change within *scope*
    :raises BulkMoved: if it was confirmed before, or is still being priced
    :raises Invalid: if *count* is not how many would change
    """
    bulk = find_bulk(session, bulk_id, scope=scope, lock=True)
    if bulk.status is not BulkStatus.DRAFT or _count(session, bulk_id, ItemStatus.UNPRICED):
        raise BulkMoved("Wait until every row has a price, and confirm once.")
    waiting = _count(session, bulk_id, ItemStatus.WAITING)
    if waiting == 0 or count != waiting:
        words = "Enter %(count)s, the number of services to change."
        raise Invalid(FieldError("#/count", "wrong", words, {"count": waiting}))
    bulk.status, bulk.confirmed_at = BulkStatus.CONFIRMED, now
    audit_bulk(session, bulk.id, "bulk_change_confirmed", now=now, services=waiting)
    return bulk


def retry_bulk_change(session: Session, *, bulk_id: str, scope: Scope, now: datetime) -> int:
    """
    Have the rows that failed tried again, at the prices shown now; return how many.

    :raises NotFound: if there is no such change within *scope*
    :raises BulkMoved: if it was not confirmed, or was taken back
    """
    bulk = find_bulk(session, bulk_id, scope=scope, lock=True)
    if bulk.status not in (BulkStatus.CONFIRMED, BulkStatus.FINISHED):
        raise BulkMoved("Only a confirmed change has something to try again.")
    failed = _count(session, bulk_id, ItemStatus.FAILED)
    session.execute(
        update(BulkChangeItem)
        .where(BulkChangeItem.bulk_id == bulk_id, BulkChangeItem.status == ItemStatus.FAILED)
        .values(status=ItemStatus.WAITING, error=None, refusal=None)
    )
    if failed:
        bulk.status, bulk.finished_at = BulkStatus.CONFIRMED, None
        audit_bulk(session, bulk.id, "bulk_change_retried", now=now, services=failed)
    return failed


def _count(session: Session, bulk_id: str, status: ItemStatus) -> int:
    query = select(func.count()).where(BulkChangeItem.bulk_id == bulk_id, BulkChangeItem.status == status)
    return session.execute(query).scalar_one()
