"""
Clock work for what staff does to many bills, payments or orders: look at drafts, do what was confirmed.

A row is looked at by doing it and taking it back, so that it is left out for the very reason it would fail
for. Each is a transaction of its own: killed anywhere, the rest goes on later, and nothing is done twice.
"""

from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.change import BulkStatus, ItemStatus
from billing.domain.many import Act, AmountMoved
from billing.models import BulkAct, BulkActItem, Invoice
from billing.usecases.approve_as_suggested import approve_as_suggested
from billing.usecases.charge_bills import charge_bills
from billing.usecases.print_invoice import print_invoice
from billing.usecases.send_invoice_again import send_invoice_again
from billing.usecases.try_payment_again import try_payment_again
from billing.usecases.walk_bulk_rows import claim_rows, finish_done
from shared import clock
from shared.context import use
from shared.db import Database
from shared.errors import Refusal
from shared.failpoint import failpoint
from shared.texts import Text, pack

log = structlog.get_logger(__name__)


def work_bulk_acts(db: Database) -> bool:
    """
    Do the next rows of drafts and of what was confirmed; tell whether there may be more.
    """
    found = claim_rows(db, BulkAct, BulkActItem, BulkActItem.target_id)
    printing = _printing(db, found)
    for bulk_id, target_id in found:
        _work(db, bulk_id, target_id, do=print_invoice if bulk_id in printing else _one)
    if not found:
        finish_done(db, BulkAct, BulkActItem)
    return bool(found)


def _printing(db: Database, rows: Sequence[tuple[str, str]]) -> set[str]:
    wanted = {bulk_id for bulk_id, _target_id in rows}
    if not wanted:
        return wanted
    with db.read() as session:
        return set(
            session.scalars(select(BulkAct.id).where(BulkAct.id.in_(wanted), BulkAct.act == Act.PRINT))
        )


def _one(db: Database, bulk_id: str, target_id: str) -> None:
    with db.begin() as session:
        bulk = session.get_one(BulkAct, bulk_id)
        item = session.get_one(BulkActItem, (bulk_id, target_id), with_for_update=True)
        with use(actor=bulk.actor):
            (_look if item.status is ItemStatus.UNPRICED else _do)(session, bulk, item)
        failpoint("billing.bulk_act.before_commit")


def _work(db: Database, bulk_id: str, target_id: str, *, do: Callable[[Database, str, str], None]) -> None:
    try:
        do(db, bulk_id, target_id)
    except Refusal as refusal:
        _note(db, bulk_id, target_id, refusal)
    except Exception as trouble:
        log.exception("bulk_act_row_failed", bulk_id=bulk_id, target_id=target_id)
        _note(db, bulk_id, target_id, Refusal(str(trouble)[:300] or "It did not work."))


def _look(session: Session, bulk: BulkAct, item: BulkActItem) -> None:
    if bulk.status is not BulkStatus.DRAFT:
        return
    with session.begin_nested() as trial:
        amount, _made = _act(session, bulk, item, [item.target_id])
        trial.rollback()
    item.amount_minor, item.status, item.lease_until = amount, ItemStatus.WAITING, None


def _do(session: Session, bulk: BulkAct, item: BulkActItem) -> None:
    if item.status is not ItemStatus.WAITING or bulk.status is not BulkStatus.CONFIRMED:
        return
    together = _together(session, item) if bulk.act is Act.CHARGE else [item]
    asked = sum(each.amount_minor for each in together)
    amount, made_id = _act(session, bulk, item, [each.target_id for each in together])
    if amount != asked and bulk.act is not Act.SEND:
        alone = amount if len(together) == 1 else session.get_one(Invoice, item.target_id).open_minor
        raise AmountMoved(alone)
    for each in together:
        each.status, each.made_id, each.lease_until = ItemStatus.DONE, made_id, None


def _act(
    session: Session, bulk: BulkAct, item: BulkActItem, target_ids: Sequence[str]
) -> tuple[int, str | None]:
    """
    Do it; return what is asked for, and the payment begun.
    """
    now = clock.now()
    if bulk.act is Act.APPROVE:
        return approve_as_suggested(session, order_id=item.target_id, now=now).total.minor, None
    if bulk.act is Act.SEND:
        return send_invoice_again(session, invoice_id=item.target_id, now=now).open_minor, None
    if bulk.act is Act.RETRY:
        payment = try_payment_again(session, payment_id=item.target_id, partner_ids=None, now=now)
        return payment.amount_minor, payment.id
    payment = charge_bills(
        session, customer_id=item.customer_id, invoice_ids=target_ids, any_card=bulk.any_card, now=now
    )
    return payment.amount_minor, payment.id


def _together(session: Session, item: BulkActItem) -> list[BulkActItem]:
    """
    Return the rows of the same customer that can be charged with *item*: one payment, one entry at the bank.
    """
    mine = (
        select(BulkActItem)
        .join(Invoice, Invoice.id == BulkActItem.target_id)
        .where(
            BulkActItem.bulk_id == item.bulk_id,
            BulkActItem.customer_id == item.customer_id,
            BulkActItem.status == ItemStatus.WAITING,
            BulkActItem.target_id != item.target_id,
            Invoice.open_minor == BulkActItem.amount_minor,
        )
        .order_by(BulkActItem.target_id)
        .with_for_update(of=BulkActItem, skip_locked=True)
    )
    return [item, *session.scalars(mine)]


def _note(db: Database, bulk_id: str, target_id: str, refusal: Refusal) -> None:
    with db.begin() as session:
        item = session.get_one(BulkActItem, (bulk_id, target_id), with_for_update=True)
        was_looked_at = item.status is ItemStatus.WAITING
        item.amount_minor = getattr(refusal, "amount_minor", item.amount_minor)
        item.status = ItemStatus.FAILED if was_looked_at else ItemStatus.REFUSED
        item.refusal, item.error, item.lease_until = refusal.code, refusal.detail[:500], None
        item.because = pack(refusal.detail) if isinstance(refusal.detail, Text) else None
