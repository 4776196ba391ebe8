"""Take a write-off back, wholly or in part: the debt is open again, in an entry of its own."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.models import Account, Allocation, Invoice, WriteOff
from billing.usecases.post import post
from shared.ids import new_id


def undo_write_off(
    session: Session, account: Account, invoice: Invoice, *, at_most: int, now: datetime
) -> int:
    """
    Open up to *at_most* of what was written off of *invoice* again; return how much.
    """
    opened = 0
    for found in standing(session, invoice.id):
        part = min(found.left_minor, at_most - opened)
        if part <= 0:
            break
        undone = _undone(session, found, part, now=now)
        found.left_minor -= part
        invoice.written_off_minor -= part
        invoice.open_minor += part
        entries = ledger.write_off_undone(account.customer_id, part)
        post(session, account, kind="write_off_undone", ref=undone.id, entries=entries, now=now)
        opened += part
    return opened


def standing(session: Session, invoice_id: str) -> list[WriteOff]:
    """
    Return the write-offs of an invoice that still stand, newest first.
    """
    query = select(WriteOff).where(WriteOff.invoice_id == invoice_id, WriteOff.left_minor > 0)
    return list(session.scalars(query.order_by(WriteOff.id.desc())))


def _undone(session: Session, found: WriteOff, part: int, *, now: datetime) -> Allocation:
    first = select(Allocation.id).where(Allocation.source_id == found.id, Allocation.reverses_id.is_(None))
    undone = Allocation(
        id=new_id("all"),
        source_id=found.id,
        invoice_id=found.invoice_id,
        currency=found.currency,
        amount_minor=-part,
        reverses_id=session.scalar(first),
        created_at=now,
    )
    session.add(undone)
    return undone
