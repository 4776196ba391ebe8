"""Lists of documents and payments as staff filters them, with totals, a page or a whole file at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing.domain.document import CreditStatus, InvoiceKind
from billing.domain.payment import GIVEN_UP, OPEN, Status
from billing.models import CreditNote, Customer, Invoice, Payment
from billing.queries.bills import invoice_status_on
from billing.queries.days import Todays
from billing.queries.staff import PAGE, Scope, Shown, undecided
from shared.money import Money

MOST_ROWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """
    What of a list is wanted; None and empty do not limit. *status* is a derived one for invoices, and for
    payments also failed (to be tried again), parked, waiting or unallocated.
    """

    status: str = ""
    kind: str = ""
    number: str = ""
    from_on: date | None = None
    to_on: date | None = None

    @property
    def limits(self) -> bool:
        """
        Whether anything is filtered at all.
        """
        return any((self.status, self.kind, self.number, self.from_on, self.to_on))


@dataclass(frozen=True, kw_only=True)
class Total:
    """
    How many invoices of one status and currency there are, and what they come to.
    """

    status: str
    count: int
    total: Money
    open: Money


def invoices(
    session: Session, *, scope: Scope, wanted: Wanted, today: Todays, before: str | None = None
) -> Shown:
    """
    Return a page of invoices, newest first.
    """
    return _page(session, _invoices(scope, wanted, today), Invoice.id, before)


def invoice_totals(session: Session, *, scope: Scope, wanted: Wanted, today: Todays) -> list[Total]:
    """
    Return what the filtered invoices come to, by status.
    """
    status = invoice_status_on(today.sql(Invoice.partner_id))
    found = _invoices(scope, wanted, today).subquery()
    query = (
        select(
            status,
            Invoice.currency,
            func.count(Invoice.id),
            func.sum(Invoice.total_minor),
            func.sum(Invoice.open_minor),
        )
        .where(Invoice.id.in_(select(found.c.id)))
        .group_by(status, Invoice.currency)
        .order_by(status)
    )
    return [
        Total(status=name, count=count, total=Money(int(whole), currency), open=Money(int(left), currency))
        for name, currency, count, whole, left in session.execute(query)
    ]


def payments(session: Session, *, scope: Scope, wanted: Wanted, before: str | None = None) -> Shown:
    """
    Return a page of payments, newest first.
    """
    return _page(session, _payments(scope, wanted), Payment.id, before)


def failed_by_reason(session: Session, *, scope: Scope) -> dict[str, list[tuple[Payment, Customer | None]]]:
    """
    Return failed payments nobody tried again and whose bills are open, by the provider's reason.
    """
    shown = _page(session, _payments(scope, Wanted(status="failed")), Payment.id, None)
    groups: dict[str, list[tuple[Payment, Customer | None]]] = {}
    for payment, customer in shown.rows:
        groups.setdefault(payment.failure_code or "processing_error", []).append((payment, customer))
    return groups


def credit_notes(session: Session, *, scope: Scope, wanted: Wanted, before: str | None = None) -> Shown:
    """
    Return a page of credit notes, newest first.
    """
    return _page(session, _notes(scope, wanted), CreditNote.id, before)


def every_invoice(session: Session, *, scope: Scope, wanted: Wanted, today: Todays) -> Iterator[Any]:
    """
    Yield the filtered invoices, each with its customer.
    """
    return _all(session, _invoices(scope, wanted, today), Invoice.id, Invoice.customer_id)


def every_payment(session: Session, *, scope: Scope, wanted: Wanted) -> Iterator[Any]:
    """
    Yield the filtered payments, each with its customer.
    """
    return _all(session, _payments(scope, wanted), Payment.id, Payment.customer_id)


def every_credit_note(session: Session, *, scope: Scope, wanted: Wanted) -> Iterator[Any]:
    """
    Yield the filtered credit notes, each with its customer.
    """
    return _all(session, _notes(scope, wanted), CreditNote.id, CreditNote.customer_id)


def _invoices(scope: Scope, wanted: Wanted, today: Todays) -> Select[Any]:
    query = _between(_within(select(Invoice), Invoice, scope), Invoice.issued_on, wanted)
    if wanted.status:
        query = query.where(invoice_status_on(today.sql(Invoice.partner_id)) == wanted.status)
    if wanted.kind in set(InvoiceKind):
        query = query.where(Invoice.kind == InvoiceKind(wanted.kind))
    return query.where(Invoice.number.startswith(wanted.number, autoescape=True)) if wanted.number else query


def _payments(scope: Scope, wanted: Wanted) -> Select[Any]:
    query = _within(select(Payment), Payment, scope)
    query = _between(query, func.coalesce(Payment.received_on, func.date(Payment.created_at)), wanted)
    states: dict[str, ColumnElement[bool]] = {
        "parked": undecided(),
        "waiting": Payment.status.in_(OPEN),
        "failed": _to_try_again(),
        "unallocated": (Payment.status == Status.SUCCEEDED) & (Payment.left_minor > 0),
    }
    if wanted.status in states:
        query = query.where(states[wanted.status])
    elif wanted.status in set(Status):
        query = query.where(Payment.status == Status(wanted.status))
    if wanted.kind:
        query = query.where(Payment.provider == wanted.kind)
    return query.where(Payment.receipt_number == wanted.number) if wanted.number else query


def _to_try_again() -> ColumnElement[bool]:
    later = Payment.__table__.alias("later")
    tried = select(later.c.id).where(later.c.retry_of == Payment.id).exists()
    return Payment.status.in_(GIVEN_UP) & ~tried & (Payment.failure_code != "paid_otherwise")


def _notes(scope: Scope, wanted: Wanted) -> Select[Any]:
    query = _between(_within(select(CreditNote), CreditNote, scope), CreditNote.issued_on, wanted)
    if wanted.status in set(CreditStatus):
        query = query.where(CreditNote.status == CreditStatus(wanted.status))
    if wanted.number:
        query = query.where(CreditNote.number.startswith(wanted.number, autoescape=True))
    return query


def _between(query: Select[Any], day: Any, wanted: Wanted) -> Select[Any]:
    if wanted.from_on:
        query = query.where(day >= wanted.from_on)
    return query.where(day <= wanted.to_on) if wanted.to_on else query


def _within(query: Select[Any], record: type[Invoice | Payment | CreditNote], scope: Scope) -> Select[Any]:
    return query if scope is None else query.where(record.partner_id.in_(scope))


def _page(session: Session, query: Select[Any], key: InstrumentedAttribute[str], before: str | None) -> Shown:
    if before:
        query = query.where(key < before)
    found = session.scalars(query.order_by(key.desc()).limit(PAGE + 1)).all()
    ids = {row.customer_id for row in found}
    customers = {row.id: row for row in session.scalars(select(Customer).where(Customer.id.in_(ids)))}
    rows = [(row, customers.get(row.customer_id)) for row in found[:PAGE]]
    return Shown(rows, found[PAGE - 1].id if len(found) > PAGE else None)


def _all(
    session: Session,
    query: Select[Any],
    key: InstrumentedAttribute[str],
    customer_id: InstrumentedAttribute[str],
) -> Iterator[Any]:
    named = query.add_columns(Customer).outerjoin(Customer, Customer.id == customer_id)
    yield from session.execute(named.order_by(key.desc()).limit(MOST_ROWS))
