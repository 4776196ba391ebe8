"""Bills and credit notes as their customer sees them: lines, what paid them, and what is still open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, selectinload

from billing.domain.collection import Purpose
from billing.domain.document import InvoiceStatus, invoice_status
from billing.domain.payment import OPEN
from billing.domain.tax_table import Taxed
from billing.models import (
    Account,
    Allocation,
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    Payment,
    WriteOff,
)
from billing.queries.lines import LineView, Span, line_view
from billing.queries.service_story import line_of
from shared import clock
from shared.errors import NotFound
from shared.money import Money
from shared.periods import Period


@dataclass(frozen=True, kw_only=True)
class InvoiceLineView(LineView):
    """
    A line of a bill, the service it is for, and what of it was credited.
    """

    id: str
    subscription_id: str | None
    credited: Money


@dataclass(frozen=True, kw_only=True)
class Applied:
    """
    What was used for a bill: a payment or a credit note, known to people as *label*, a write-off, or what
    the account came with (*kind* opening).
    """

    kind: str
    id: str
    label: str
    on: date
    amount: Money


@dataclass(frozen=True, kw_only=True)
class InvoiceView:
    """
    A bill. *period* spans the days of its lines; *paying* is the payment that is under way for it.
    """

    id: str
    number: str
    order_id: str | None
    kind: str
    issued_on: date
    due_on: date
    period: Span | None
    total: Money
    tax_included: Money
    taxes: list[Taxed]
    open: Money
    status: str
    lines: list[InvoiceLineView]
    paying: str | None


@dataclass(frozen=True, kw_only=True)
class BillView(InvoiceView):
    """
    A bill with everything that was used for it.
    """

    applied: list[Applied]


@dataclass(frozen=True, kw_only=True)
class CreditNoteLineView:
    """
    What of a bill's line went back, and for which days.
    """

    label: str
    days: int
    period: Span | None
    amount: Money


@dataclass(frozen=True, kw_only=True)
class CreditNoteView:
    """
    A correction of a bill; *left* is what is not used yet.
    """

    id: str
    number: str
    invoice_id: str
    invoice_number: str
    issued_on: date
    total: Money
    tax_included: Money
    taxes: list[Taxed]
    left: Money
    reason: str
    status: str
    lines: list[CreditNoteLineView]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """
    Which bills: those that stand like one of *statuses* today, and charge for a service, or one it replaced.
    """

    statuses: Sequence[str] = ()
    subscription_id: str | None = None


ALL = Wanted()


def invoices_of(
    session: Session, *, customer_id: str, limit: int, before: str | None = None, wanted: Wanted = ALL
) -> list[InvoiceView]:
    """
    Return up to *limit* bills of the customer, newest first, older than the one with id *before*.

    :raises NotFound: if they have no such service as is *wanted*
    """
    today, paying = today_of(session, customer_id), _paying(session, customer_id)
    query = select(Invoice).where(*_chosen(session, customer_id, wanted, today))
    if before:
        query = query.where(Invoice.id < before)
    rows = session.scalars(query.order_by(Invoice.id.desc()).limit(limit))
    return [_invoice(row, today, paying) for row in rows]


def count_invoices_of(session: Session, *, customer_id: str, wanted: Wanted = ALL) -> int:
    """
    Return how many bills of the customer are *wanted*.
    """
    chosen = _chosen(session, customer_id, wanted, today_of(session, customer_id))
    return session.scalar(select(func.count()).select_from(Invoice).where(*chosen)) or 0


def open_invoices_of(session: Session, *, customer_id: str) -> list[InvoiceView]:
    """
    Return the customer's bills that are not paid, the oldest due first.
    """
    query = select(Invoice).where(Invoice.customer_id == customer_id, Invoice.open_minor > 0)
    today, paying = today_of(session, customer_id), _paying(session, customer_id)
    rows = session.scalars(query.order_by(Invoice.due_on, Invoice.id))
    return [_invoice(row, today, paying) for row in rows]


def find_invoice(session: Session, *, customer_id: str, invoice_id: str) -> BillView:
    """
    Return a bill of the customer.

    :raises NotFound: if they have no such bill
    """
    row = session.get(Invoice, invoice_id)
    if row is None or row.customer_id != customer_id:
        raise NotFound
    shown = _invoice(row, today_of(session, customer_id), _paying(session, customer_id))
    values = {name: getattr(shown, name) for name in InvoiceView.__dataclass_fields__}
    return BillView(**values, applied=applied_to(session, row.id))


def applied_to(session: Session, invoice_id: str) -> list[Applied]:
    """
    Return what was used for a bill and not taken back, oldest first.
    """
    rows = session.scalars(
        select(Allocation).where(Allocation.invoice_id == invoice_id).order_by(Allocation.id)
    ).all()
    left: dict[str, int] = {}
    for row in rows:
        left[row.source_id] = left.get(row.source_id, 0) + row.amount_minor
    sources = _sources(session, left)
    return [
        Applied(kind=kind, id=source_id, label=label, on=on, amount=Money(left[source_id], rows[0].currency))
        for source_id, (kind, label, on) in sources.items()
        if left[source_id]
    ]


def credit_notes_of(
    session: Session, *, customer_id: str, limit: int, before: str | None = None
) -> list[CreditNoteView]:
    """
    Return up to *limit* credit notes of the customer, newest first, older than the one with id *before*.
    """
    query = (
        select(CreditNote, Invoice.number)
        .join(Invoice, Invoice.id == CreditNote.invoice_id)
        .where(CreditNote.customer_id == customer_id)
        .options(selectinload(CreditNote.lines).selectinload(CreditNoteLine.charged))
    )
    if before:
        query = query.where(CreditNote.id < before)
    rows = session.execute(query.order_by(CreditNote.id.desc()).limit(limit))
    return [_note(note, number) for note, number in rows]


def find_credit_note(session: Session, *, customer_id: str, note_id: str) -> CreditNoteView:
    """
    Return a credit note of the customer.

    :raises NotFound: if they have no such credit note
    """
    note = session.get(CreditNote, note_id)
    if note is None or note.customer_id != customer_id:
        raise NotFound
    return _note(note, session.get_one(Invoice, note.invoice_id).number)


def today_of(session: Session, customer_id: str) -> date:
    """
    Return the customer's business date.
    """
    account = session.get(Account, customer_id)
    return clock.today(account.timezone if account else "UTC")


def span_of(lines: Iterable[InvoiceLine]) -> Span | None:
    """
    Return the days the lines are for, from the first to the last.
    """
    periods = [period for line in lines if (period := line.line().period)]
    if not periods:
        return None
    return Span(from_on=min(each.start for each in periods), to_on=max(each.last for each in periods))


def invoice_status_on(today: Any) -> ColumnElement[str]:
    """
    Return how an invoice stands on a day, as ``domain.document.invoice_status`` says it, for a query.
    """
    return case(
        ((Invoice.open_minor == 0) & (Invoice.written_off_minor > 0), InvoiceStatus.WRITTEN_OFF.value),
        (Invoice.open_minor == 0, InvoiceStatus.PAID.value),
        (func.coalesce(Invoice.extended_to, Invoice.due_on) <= today, InvoiceStatus.OVERDUE.value),
        (Invoice.open_minor < Invoice.total_minor, InvoiceStatus.PARTLY_PAID.value),
        else_=InvoiceStatus.UNPAID.value,
    )


def _chosen(session: Session, customer_id: str, wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    chosen = [Invoice.customer_id == customer_id]
    if wanted.statuses:
        chosen.append(invoice_status_on(today).in_(wanted.statuses))
    if wanted.subscription_id:
        line = line_of(session, customer_id=customer_id, subscription_id=wanted.subscription_id)
        charged = [each.id for each in line] + [each.bundle_id for each in line if each.bundle_id]
        chosen.append(Invoice.lines.any(InvoiceLine.subscription_id.in_(charged)))
    return chosen


def _invoice(row: Invoice, today: date, paying: dict[str, str]) -> InvoiceView:
    status = invoice_status(
        total=row.total,
        open_amount=row.open,
        due_on=row.payable_on,
        today=today,
        written_off=row.written_off_minor > 0,
    )
    return InvoiceView(
        id=row.id,
        number=row.number,
        order_id=row.order_id,
        kind=row.kind.value,
        issued_on=row.issued_on,
        due_on=row.payable_on,
        period=span_of(row.lines),
        total=row.total,
        tax_included=Money(row.tax_minor, row.currency),
        taxes=row.taxed,
        open=row.open,
        status=status.value,
        lines=[_line(line) for line in row.lines],
        paying=paying.get(row.id),
    )


def _line(row: InvoiceLine) -> InvoiceLineView:
    shown = line_view(row.line())
    values = {name: getattr(shown, name) for name in LineView.__dataclass_fields__}
    credited = Money(row.credited_minor, row.currency)
    return InvoiceLineView(**values, id=row.id, subscription_id=row.subscription_id, credited=credited)


def _note(note: CreditNote, number: str) -> CreditNoteView:
    return CreditNoteView(
        id=note.id,
        number=note.number,
        invoice_id=note.invoice_id,
        invoice_number=number,
        issued_on=note.issued_on,
        total=note.total,
        tax_included=Money(note.tax_minor, note.currency),
        taxes=note.taxed,
        left=Money(note.left_minor, note.currency),
        reason=note.why,
        status=note.status.value,
        lines=[_note_line(line, note.currency) for line in note.lines],
    )


def _note_line(line: CreditNoteLine, currency: str) -> CreditNoteLineView:
    period = (
        Span(from_on=line.from_on, to_on=Period(line.from_on, line.until_on).last)
        if line.from_on and line.until_on
        else None
    )
    return CreditNoteLineView(
        label=line.label, days=line.days, period=period, amount=Money(line.amount_minor, currency)
    )


def _paying(session: Session, customer_id: str) -> dict[str, str]:
    running = select(Payment).where(
        Payment.customer_id == customer_id,
        Payment.purpose == Purpose.BILLS,
        Payment.status.in_(OPEN),
        ~Payment.superseded,
    )
    rows = session.scalars(running.order_by(Payment.id))
    return {invoice_id: row.id for row in rows for invoice_id in row.invoice_ids}


def _sources(session: Session, ids: Iterable[str]) -> dict[str, tuple[str, str, date]]:
    wanted = list(ids)
    payments = session.scalars(select(Payment).where(Payment.id.in_(wanted)))
    notes = session.scalars(select(CreditNote).where(CreditNote.id.in_(wanted)))
    found = {
        each.id: (
            "opening" if each.purpose is Purpose.OPENING else "payment",
            each.method_label,
            each.received_on or (each.settled_at or each.created_at).date(),
        )
        for each in payments
    }
    found |= {each.id: ("credit_note", each.number, each.issued_on) for each in notes}
    given_up = session.scalars(select(WriteOff).where(WriteOff.id.in_(wanted)))
    found |= {each.id: ("write_off", "", each.written_off_on) for each in given_up}
    return {source_id: found[source_id] for source_id in wanted if source_id in found}
