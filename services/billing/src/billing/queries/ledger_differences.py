"""
Recompute everything that is derived from the journal and the documents, and say where it differs.

Every check is one grouped statement: a projection beside what it should be. Nothing found is the proof that
each cent is where the books say it is (billing.md B.14).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from billing.domain.document import InvoiceKind, RefundStatus
from billing.domain.ledger import CUSTOMER_CREDIT, RECEIVABLE
from billing.domain.payment import Status
from billing.models import (
    Account,
    Allocation,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    JournalEntry,
    JournalTx,
    NumberSeries,
    Payment,
    Refund,
    WriteOff,
)

MOST = 100


@dataclass(frozen=True)
class Difference:
    """
    *kind* of check, what it is about, and the two figures that ought to be equal.
    """

    kind: str
    id: str
    stored: int
    recomputed: int


def differences(session: Session) -> list[Difference]:
    """
    Return what differs, at most a hundred of each kind.
    """
    checks = (
        ("journal_not_zero", _journal()),
        ("owed", _account(Account.owed_minor, RECEIVABLE, 1)),
        ("credit", _account(Account.credit_minor, CUSTOMER_CREDIT, -1)),
        ("owed_is_open_bills", _sum_of(Account.owed_minor, _per_customer(Invoice.open_minor, Invoice))),
        ("credit_is_unused_money", _unused_money()),
        ("invoice_total", _lines(Invoice.total_minor, InvoiceLine.amount_minor)),
        ("invoice_tax", _lines(Invoice.tax_minor, InvoiceLine.tax_minor)),
        ("invoice_open", _open()),
        ("line_credited", _credited(InvoiceLine.credited_minor, CreditNoteLine.amount_minor)),
        ("line_credited_tax", _credited(InvoiceLine.credited_tax_minor, CreditNoteLine.tax_minor)),
        ("line_over_credited", _over_credited()),
        ("payment_left", _payment_left()),
        ("credit_note_left", _note_left()),
        ("written_off", _given_up()),
        ("write_off_left", _write_off_left()),
        ("numbers_invoice", _numbers(Invoice, "invoice", Invoice.kind != InvoiceKind.OPENING)),
        ("numbers_opening", _numbers(Invoice, "opening", Invoice.kind == InvoiceKind.OPENING)),
        ("numbers_credit_note", _numbers(CreditNote, "credit_note")),
    )
    return [each for kind, query in checks for each in _found(session, kind, query)]


def accounts_checked(session: Session) -> int:
    """
    Return how many accounts there are to be checked.
    """
    return int(session.execute(select(func.count()).select_from(Account)).scalar_one())


def _found(session: Session, kind: str, query: Select[Any]) -> Iterator[Difference]:
    for key, stored, recomputed in session.execute(query.limit(MOST)):
        yield Difference(kind, str(key), int(stored or 0), int(recomputed or 0))


def _sum(column: Any) -> Any:
    return func.coalesce(func.sum(column), 0)


def _journal() -> Select[Any]:
    # Per transaction, and so over all; a transaction has one currency.
    whole = _sum(JournalEntry.amount_minor)
    query = select(JournalTx.id, whole, literal(0)).join(JournalEntry, JournalEntry.tx_id == JournalTx.id)
    return query.group_by(JournalTx.id).having(whole != 0)


def _account(cache: Any, account: str, sign: int) -> Select[Any]:
    entries = (
        select(JournalEntry.owner, (sign * func.sum(JournalEntry.amount_minor)).label("minor"))
        .where(JournalEntry.account == account)
        .group_by(JournalEntry.owner)
        .subquery()
    )
    return _differs(
        Account.customer_id, cache, entries.c.minor, entries, entries.c.owner == Account.customer_id
    )


def _per_customer(column: Any, record: Any) -> Any:
    return (
        select(record.customer_id.label("owner"), func.sum(column).label("minor"))
        .group_by(record.customer_id)
        .subquery()
    )


def _sum_of(cache: Any, per_customer: Any) -> Select[Any]:
    on = per_customer.c.owner == Account.customer_id
    return _differs(Account.customer_id, cache, per_customer.c.minor, per_customer, on)


def _unused_money() -> Select[Any]:
    payments, notes = (
        _per_customer(Payment.left_minor, Payment),
        _per_customer(CreditNote.left_minor, CreditNote),
    )
    unused = func.coalesce(payments.c.minor, 0) + func.coalesce(notes.c.minor, 0)
    return (
        select(Account.customer_id, Account.credit_minor, unused)
        .outerjoin(payments, payments.c.owner == Account.customer_id)
        .outerjoin(notes, notes.c.owner == Account.customer_id)
        .where(Account.credit_minor != unused)
    )


def _lines(total: Any, part: Any) -> Select[Any]:
    lines = (
        select(InvoiceLine.invoice_id, func.sum(part).label("minor"))
        .group_by(InvoiceLine.invoice_id)
        .subquery()
    )
    return _differs(Invoice.id, total, lines.c.minor, lines, lines.c.invoice_id == Invoice.id)


def _used(column: Any) -> Any:
    return (
        select(column.label("key"), func.sum(Allocation.amount_minor).label("minor"))
        .group_by(column)
        .subquery()
    )


def _open() -> Select[Any]:
    used = _used(Allocation.invoice_id)
    left = Invoice.total_minor - func.coalesce(used.c.minor, 0)
    return (
        select(Invoice.id, Invoice.open_minor, left)
        .outerjoin(used, used.c.key == Invoice.id)
        .where(or_(Invoice.open_minor != left, Invoice.open_minor < 0))
    )


def _credited(cache: Any, part: Any) -> Select[Any]:
    notes = (
        select(CreditNoteLine.invoice_line_id, func.sum(part).label("minor"))
        .group_by(CreditNoteLine.invoice_line_id)
        .subquery()
    )
    return _differs(InvoiceLine.id, cache, notes.c.minor, notes, notes.c.invoice_line_id == InvoiceLine.id)


def _over_credited() -> Select[Any]:
    too_much = or_(
        and_(InvoiceLine.amount_minor >= 0, InvoiceLine.credited_minor > InvoiceLine.amount_minor),
        and_(InvoiceLine.amount_minor >= 0, InvoiceLine.credited_minor < 0),
    )
    return select(InvoiceLine.id, InvoiceLine.credited_minor, InvoiceLine.amount_minor).where(too_much)


def _refunded(key: Any, *conditions: ColumnElement[bool]) -> Any:
    return (
        select(key.label("key"), func.sum(Refund.amount_minor).label("minor"))
        .where(Refund.status != RefundStatus.GIVEN_UP, *conditions)
        .group_by(key)
        .subquery()
    )


def _payment_left() -> Select[Any]:
    used, back = _used(Allocation.source_id), _refunded(Refund.payment_id, Refund.credit_note_id.is_(None))
    left = Payment.amount_minor - func.coalesce(used.c.minor, 0) - func.coalesce(back.c.minor, 0)
    return (
        select(Payment.id, Payment.left_minor, left)
        .outerjoin(used, used.c.key == Payment.id)
        .outerjoin(back, back.c.key == Payment.id)
        .where(Payment.status == Status.SUCCEEDED, or_(Payment.left_minor != left, Payment.left_minor < 0))
    )


def _note_left() -> Select[Any]:
    used, back = _used(Allocation.source_id), _refunded(Refund.credit_note_id)
    left = CreditNote.total_minor - func.coalesce(used.c.minor, 0) - func.coalesce(back.c.minor, 0)
    return (
        select(CreditNote.id, CreditNote.left_minor, left)
        .outerjoin(used, used.c.key == CreditNote.id)
        .outerjoin(back, back.c.key == CreditNote.id)
        .where(or_(CreditNote.left_minor != left, CreditNote.left_minor < 0))
    )


def _given_up() -> Select[Any]:
    per_invoice = (
        select(WriteOff.invoice_id.label("key"), func.sum(WriteOff.left_minor).label("minor"))
        .group_by(WriteOff.invoice_id)
        .subquery()
    )
    return _differs(
        Invoice.id,
        Invoice.written_off_minor,
        per_invoice.c.minor,
        per_invoice,
        per_invoice.c.key == Invoice.id,
    )


def _write_off_left() -> Select[Any]:
    used = _used(Allocation.source_id)
    return _differs(WriteOff.id, WriteOff.left_minor, used.c.minor, used, used.c.key == WriteOff.id)


def _numbers(record: Any, series: str, *which: ColumnElement[bool]) -> Select[Any]:
    # Numbers are given out one after the other; as many documents as numbers means no gap and none twice.
    made = (
        select(
            record.partner_id.label("partner"),
            func.extract("year", record.issued_on).label("year"),
            func.count(record.id).label("count"),
        )
        .where(*which)
        .group_by(record.partner_id, func.extract("year", record.issued_on))
        .subquery()
    )
    given = NumberSeries.next - 1
    on = (made.c.partner == NumberSeries.partner_id) & (made.c.year == NumberSeries.year)
    return (
        select(NumberSeries.partner_id, given, func.coalesce(made.c.count, 0))
        .outerjoin(made, on)
        .where(NumberSeries.series == series, given != func.coalesce(made.c.count, 0))
    )


def _differs(key: Any, cache: Any, minor: Any, source: Any, on: Any) -> Select[Any]:
    recomputed = func.coalesce(minor, 0)
    return select(key, cache, recomputed).outerjoin(source, on).where(cache != recomputed)
