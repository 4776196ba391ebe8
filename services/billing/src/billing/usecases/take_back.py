"""Undo what a payment paid: the allocations stay in the books, each with one that takes it back."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.models import Account, Allocation, Invoice, Payment
from billing.usecases.post import post
from shared.ids import new_id


def take_back(
    session: Session, account: Account, payment: Payment, *, amount: int, now: datetime
) -> dict[str, int]:
    """
    Free *amount* of the payment, from its newest use on: those bills are open again. Return what from which.
    """
    freed: dict[str, int] = {}
    for allocation, standing in reversed(_standing(session, payment)):
        part = min(standing, amount - sum(freed.values()))
        if part <= 0:
            break
        _reverse(session, account, payment, allocation, part, now=now)
        freed[allocation.invoice_id] = freed.get(allocation.invoice_id, 0) + part
    return freed


def _standing(session: Session, payment: Payment) -> list[tuple[Allocation, int]]:
    """
    Return the uses of the payment with what of each was not taken back, oldest first.
    """
    session.flush()
    rows = session.scalars(
        select(Allocation)
        .where(Allocation.source_id == payment.id)
        .order_by(Allocation.created_at, Allocation.id)
    ).all()
    taken: dict[str, int] = {}
    for row in rows:
        if row.reverses_id:
            taken[row.reverses_id] = taken.get(row.reverses_id, 0) - row.amount_minor
    uses = [(row, row.amount_minor - taken.get(row.id, 0)) for row in rows if not row.reverses_id]
    return [(row, left) for row, left in uses if left > 0]


def _reverse(
    session: Session, account: Account, payment: Payment, allocation: Allocation, part: int, *, now: datetime
) -> None:
    invoice = session.get_one(Invoice, allocation.invoice_id)
    undone = Allocation(
        id=new_id("all"),
        source_id=payment.id,
        invoice_id=invoice.id,
        currency=allocation.currency,
        amount_minor=-part,
        reverses_id=allocation.id,
        created_at=now,
    )
    session.add(undone)
    invoice.open_minor += part
    payment.left_minor += part
    entries = ledger.allocation_undone(account.customer_id, part)
    post(session, account, kind="allocation_undone", ref=undone.id, entries=entries, now=now)
