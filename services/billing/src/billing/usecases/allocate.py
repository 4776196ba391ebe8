"""Use money for bills: a payment or credit note pays an invoice, never more than either has left."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.domain.document import CreditStatus
from billing.domain.payment import Status
from billing.models import Account, Allocation, CreditNote, Invoice, Payment
from billing.queries.settings import settings_of
from billing.usecases.post import post
from shared.ids import new_id

Source = Payment | CreditNote


def allocate(
    session: Session, account: Account, *, source: Source, invoice: Invoice, now: datetime
) -> Allocation | None:
    """
    Pay *invoice* from *source* as far as both reach; None when there is nothing to move.
    """
    amount = min(source.left_minor, invoice.open_minor)
    if amount <= 0:
        return None
    allocation = _allocation(source.id, invoice, amount, now=now)
    session.add(allocation)
    use_up(source, amount)
    invoice.open_minor -= amount
    entries = ledger.allocated(account.customer_id, amount)
    post(session, account, kind="allocated", ref=allocation.id, entries=entries, now=now)
    return allocation


def use_up(source: Source, amount: int) -> None:
    """
    Take *amount* off what the source has left; an empty credit note is closed.
    """
    source.left_minor -= amount
    if isinstance(source, CreditNote) and source.left_minor == 0:
        source.status = CreditStatus.CLOSED


def use_credit(session: Session, account: Account, *, now: datetime) -> None:
    """
    Pay what is open from what is left, oldest debt from oldest money first.
    """
    open_invoices = session.scalars(
        select(Invoice)
        .where(Invoice.customer_id == account.customer_id, Invoice.open_minor > 0)
        .order_by(Invoice.due_on, Invoice.id)
    ).all()
    for invoice in open_invoices:
        pay_from_credit(session, account, invoice, now=now)


def use_credit_as_set(session: Session, account: Account, *, now: datetime) -> None:
    """
    Pay what is open from what is left where the account's settings let credit pay bills.
    """
    if settings_of(session, account).use_credit:
        use_credit(session, account, now=now)


def pay_from_credit(session: Session, account: Account, invoice: Invoice, *, now: datetime) -> None:
    """
    Pay *invoice* from what is left, oldest money first.
    """
    for source in _sources(session, account):
        allocate(session, account, source=source, invoice=invoice, now=now)


def set_off(session: Session, note: CreditNote, invoice: Invoice, *, now: datetime) -> int:
    """
    Let a new credit note cancel what its own invoice still owes; return how much. Its posting is the note's.
    """
    amount = min(note.left_minor, invoice.open_minor)
    if amount > 0:
        session.add(_allocation(note.id, invoice, amount, now=now))
        use_up(note, amount)
        invoice.open_minor -= amount
    return amount


def _sources(session: Session, account: Account) -> list[Source]:
    payments = session.scalars(
        select(Payment).where(
            Payment.customer_id == account.customer_id,
            Payment.status == Status.SUCCEEDED,
            Payment.left_minor > 0,
        )
    )
    notes = session.scalars(
        select(CreditNote).where(CreditNote.customer_id == account.customer_id, CreditNote.left_minor > 0)
    )
    return sorted([*payments, *notes], key=lambda source: (source.created_at, source.id))


def _allocation(source_id: str, invoice: Invoice, amount: int, *, now: datetime) -> Allocation:
    return Allocation(
        id=new_id("all"),
        source_id=source_id,
        invoice=invoice,
        currency=invoice.currency,
        amount_minor=amount,
        created_at=now,
    )
