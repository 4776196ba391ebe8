"""
Staff gives up what is open of a bill: it becomes bad debt, and nobody is reminded or blocked for it any more.

The bill stays as it was issued, and can be owed again. Giving up is not being paid: who was blocked or
inactive for it stays so until a person lifts it, or they pay what was opened again (``domain/dunning.py``).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.models import Account, Allocation, Invoice, WriteOff
from billing.usecases.allocate import use_credit_as_set
from billing.usecases.credit_lines import check_reason, lock_invoice
from billing.usecases.pay_bills import under_way
from billing.usecases.post import post, tell_balance
from billing.usecases.undo_write_off import undo_write_off
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import Conflict
from shared.ids import new_id
from shared.money import Money


class NothingToWriteOff(Conflict, code="nothing_to_write_off", title="This bill cannot be written off"):
    """
    Nothing of it is open, or a payment for it is under way.
    """


class NotWrittenOff(Conflict, code="not_written_off", title="Nothing of this bill is written off"):
    """
    It was opened again, or credited, meanwhile.
    """


def write_off_invoice(
    session: Session,
    *,
    invoice_id: str,
    write_off_id: str,
    reason: str,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> WriteOff:
    """
    Write off all that is open of the bill; the same id again changes nothing.

    :raises NotFound: if there is no such bill among *partner_ids* (None: all)
    :raises NothingToWriteOff: if nothing is open, or a payment for it is under way
    :raises Invalid: if no reason is given
    """
    invoice, account = lock_invoice(session, invoice_id, partner_ids)
    known = session.get(WriteOff, write_off_id)
    if known is not None and known.invoice_id == invoice.id:
        return known
    check_reason(reason)
    _check(session, account, invoice)
    before = account.balance.minor
    found = _write_off(invoice, write_off_id, reason.strip(), account, now=now)
    used = _used(found, now=now)
    session.add_all([found, used])
    invoice.written_off_minor += found.amount_minor
    invoice.open_minor = 0
    entries = ledger.written_off(account.customer_id, found.amount_minor)
    post(session, account, kind="invoice_written_off", ref=used.id, entries=entries, now=now)
    _tell(session, invoice, found)
    write_audit(
        session,
        account,
        action="invoice_written_off",
        target=invoice.id,
        now=now,
        amount=found.amount,
        reason=found.reason,
    )
    tell_balance(session, account, before=before)
    session.flush()
    return found


def open_written_off(
    session: Session, *, invoice_id: str, reason: str, partner_ids: frozenset[str] | None, now: datetime
) -> Invoice:
    """
    Let what was written off of the bill be owed again, due when it was; credit there is pays it.

    :raises NotFound: if there is no such bill among *partner_ids* (None: all)
    :raises NotWrittenOff: if nothing of it is written off
    :raises Invalid: if no reason is given
    """
    invoice, account = lock_invoice(session, invoice_id, partner_ids)
    check_reason(reason)
    before = account.balance.minor
    opened = undo_write_off(session, account, invoice, at_most=invoice.written_off_minor, now=now)
    if not opened:
        raise NotWrittenOff
    use_credit_as_set(session, account, now=now)
    amount = Money(opened, account.currency)
    tell(
        session,
        facts.WriteOffUndone(
            invoice_id=invoice.id,
            number=invoice.number,
            customer_id=account.customer_id,
            partner_id=account.partner_id,
            amount=amount,
            reason=reason.strip(),
        ),
    )
    write_audit(
        session,
        account,
        action="write_off_undone",
        target=invoice.id,
        now=now,
        amount=amount,
        reason=reason.strip(),
    )
    tell_balance(session, account, before=before)
    session.flush()
    return invoice


def _check(session: Session, account: Account, invoice: Invoice) -> None:
    if invoice.open_minor <= 0:
        raise NothingToWriteOff("Nothing of it is open.")
    if under_way(session, account.customer_id, [invoice.id]):
        raise NothingToWriteOff("A payment for this bill is under way. Wait for its outcome.")


def _write_off(
    invoice: Invoice, write_off_id: str, reason: str, account: Account, *, now: datetime
) -> WriteOff:
    return WriteOff(
        id=write_off_id,
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        partner_id=invoice.partner_id,
        currency=invoice.currency,
        amount_minor=invoice.open_minor,
        left_minor=invoice.open_minor,
        reason=reason,
        written_off_on=clock.local_date(now, account.timezone),
        created_at=now,
    )


def _used(found: WriteOff, *, now: datetime) -> Allocation:
    return Allocation(
        id=new_id("all"),
        source_id=found.id,
        invoice_id=found.invoice_id,
        currency=found.currency,
        amount_minor=found.amount_minor,
        created_at=now,
    )


def _tell(session: Session, invoice: Invoice, found: WriteOff) -> None:
    tell(
        session,
        facts.InvoiceWrittenOff(
            invoice_id=invoice.id,
            number=invoice.number,
            customer_id=found.customer_id,
            partner_id=found.partner_id,
            amount=found.amount,
            on=found.written_off_on,
            reason=found.reason,
        ),
    )
