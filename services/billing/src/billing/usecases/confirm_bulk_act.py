"""Confirm what is to be done to many, take in more of them, or have what failed tried again."""

from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from billing.domain.change import BulkStatus, ItemStatus
from billing.domain.many import CardNotAutomatic
from billing.models import BulkAct, BulkActItem
from billing.queries.bulk_acts import act_totals, find_act
from billing.queries.bulk_changes import Scope
from billing.usecases.confirm_bulk_change import BulkMoved
from billing.usecases.start_bulk_act import audit_act


def confirm_bulk_act(session: Session, *, bulk_id: str, mark: str, scope: Scope, now: datetime) -> BulkAct:
    """
    Have every row that can be done done; *mark* is the number and the sums the person who confirms saw.

    :raises NotFound: if there is no such thing within *scope*
    :raises BulkMoved: if it was confirmed before, is still being looked at, or *mark* is no longer true
    """
    bulk = find_act(session, bulk_id, scope=scope, lock=True)
    totals = act_totals(session, bulk_id)
    if bulk.status is not BulkStatus.DRAFT or totals.count("unpriced"):
        raise BulkMoved("Wait until every row was looked at, and confirm once.")
    if totals.mark != mark or not totals.count("waiting"):
        raise BulkMoved("The rows have changed since. Look at them again.")
    bulk.status, bulk.confirmed_at = BulkStatus.CONFIRMED, now
    audit_act(session, bulk, "bulk_act_confirmed", now=now, rows=totals.count("waiting"))
    return bulk


def charge_any_card(session: Session, *, bulk_id: str, scope: Scope, now: datetime) -> int:
    """
    Take in those whose cards are not charged unasked; return how many are looked at again.

    :raises NotFound: if there is no such thing within *scope*
    :raises BulkMoved: if it was confirmed
    """
    bulk = find_act(session, bulk_id, scope=scope, lock=True)
    if bulk.status is not BulkStatus.DRAFT:
        raise BulkMoved("It was confirmed already.")
    bulk.any_card = True
    count = act_totals(session, bulk_id).not_automatic
    _again(session, bulk_id, BulkActItem.refusal == CardNotAutomatic.code, to=ItemStatus.UNPRICED)
    audit_act(session, bulk, "bulk_act_any_card", now=now, rows=count)
    return count


def retry_bulk_act(session: Session, *, bulk_id: str, scope: Scope, now: datetime) -> int:
    """
    Have the rows that failed tried again, at the amounts shown now; return how many.

    :raises NotFound: if there is no such thing within *scope*
    :raises BulkMoved: if it was not confirmed
    """
    bulk = find_act(session, bulk_id, scope=scope, lock=True)
    if bulk.status not in (BulkStatus.CONFIRMED, BulkStatus.FINISHED):
        raise BulkMoved("Only what was confirmed has something to try again.")
    failed = act_totals(session, bulk_id).count("failed")
    if failed:
        _again(session, bulk_id, BulkActItem.status == ItemStatus.FAILED, to=ItemStatus.WAITING)
        bulk.status, bulk.finished_at = BulkStatus.CONFIRMED, None
        audit_act(session, bulk, "bulk_act_retried", now=now, rows=failed)
    return failed


def _again(session: Session, bulk_id: str, which: ColumnElement[bool], *, to: ItemStatus) -> None:
    session.execute(
        update(BulkActItem)
        .where(BulkActItem.bulk_id == bulk_id, which)
        .values(status=to, refusal=None, error=None, because=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )
