"""Lists of documents and payments as staff filters them, with totals, a page or a whole file at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session, lazyload

from billing.domain.charge import ChargeStatus
from billing.domain.document import CreditStatus, InvoiceKind
from billing.domain.many import Act
from billing.domain.payment import GIVEN_UP, OPEN, Status
from billing.models import Charge, CreditNote, Customer, Invoice, Order, Payment
from billing.queries.bills import invoice_status_on
from billing.queries.days import Todays
from billing.queries.staff import PAGE, Scope, Shown, awaiting_a_person, undecided
from shared.money import EXPONENTS, Money

MOST_ROWS = 20_000
Document = Invoice | Payment | CreditNote | Charge
TARGETS: dict[Act, type[Payment | Order]] = {Act.RETRY: Payment, Act.APPROVE: Order}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """
    What of a list is wanted; None and empty do not limit. *status* is a derived one for invoices, and for
    payments also failed (to be tried again), parked, waiting or unallocated. Amounts are in the
    currency of each document; days are of issue, *due_from* and *due_to* of what an invoice asks for, and
    *reason* is the provider's for a failure.
    """

    status: str = ""
    kind: str = ""
    number: str = ""
    from_on: date | None = None
    to_on: date | None = None
    partner_id: str = ""
    currency: str = ""
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    due_from: date | None = None
    due_to: date | None = None
    reason: str = ""

    @property
    def limits(self) -> bool:
        """
        Whether anything is filtered at all.
        """
        return self != Wanted()


@dataclass(frozen=True, kw_only=True)
class Total:
    """
    How many documents of one status and currency there are, and what they come to; *open* is what of it no
    payment, or no bill, has used.
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
    meant = _invoices(scope, wanted, today)
    return _totals(session, meant, Invoice, (status, Invoice.total_minor, Invoice.open_minor))


def payments(session: Session, *, scope: Scope, wanted: Wanted, before: str | None = None) -> Shown:
    """
    Return a page of payments, newest first.
    """
    return _page(session, _payments(scope, wanted), Payment.id, before)


def payment_totals(session: Session, *, scope: Scope, wanted: Wanted) -> list[Total]:
    """
    Return what the filtered payments come to, by status.
    """
    columns = (Payment.status, Payment.amount_minor, Payment.left_minor)
    return _totals(session, _payments(scope, wanted), Payment, columns)


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


def credit_note_totals(session: Session, *, scope: Scope, wanted: Wanted) -> list[Total]:
    """
    Return what the filtered credit notes come to, by status.
    """
    columns = (CreditNote.status, CreditNote.total_minor, CreditNote.left_minor)
    return _totals(session, _notes(scope, wanted), CreditNote, columns)


def charges(session: Session, *, scope: Scope, wanted: Wanted, before: str | None = None) -> Shown:
    """
    Return a page of charges on their way to a bill, newest first.
    """
    return _page(session, _charges(scope, wanted), Charge.id, before)


def charge_totals(session: Session, *, scope: Scope, wanted: Wanted) -> list[Total]:
    """
    Return what the filtered charges come to, by status.
    """
    columns = (Charge.status, Charge.amount_minor, Charge.amount_minor)
    return _totals(session, _charges(scope, wanted), Charge, columns)


def meant_by(
    session: Session, act: Act, *, scope: Scope, wanted: Wanted, chosen: Sequence[str], today: Todays
) -> Sequence[Any]:
    """
    Return the invoices, payments or orders *act* is for: those *chosen*, or all of the filter it can be meant
    for; of orders, all that wait for approval.
    """
    record: type[Invoice | Payment | Order] = TARGETS.get(act, Invoice)
    if chosen:
        query = _within(select(record), record, scope).where(record.id.in_(chosen))
    elif act is Act.APPROVE:
        query = _within(select(Order), Order, scope).where(awaiting_a_person())
    elif act is Act.RETRY:
        query = _payments(scope, wanted).where(_to_try_again(), Payment.method_id.is_not(None))
    else:
        query = _invoices(scope, wanted, today)
        query = query.where(Invoice.open_minor > 0) if act is Act.CHARGE else query
    query = query.options(lazyload("*")).order_by(record.id).limit(MOST_ROWS + 1)
    return session.scalars(query).all()


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
    query = _between(_asked(Invoice, Invoice.total_minor, scope, wanted), Invoice.issued_on, wanted)
    due = func.coalesce(Invoice.extended_to, Invoice.due_on)
    if wanted.due_from:
        query = query.where(due >= wanted.due_from)
    if wanted.due_to:
        query = query.where(due <= wanted.due_to)
    if wanted.status == "open":
        query = query.where(Invoice.open_minor > 0)
    elif wanted.status:
        query = query.where(invoice_status_on(today.sql(Invoice.partner_id)) == wanted.status)
    if wanted.kind in set(InvoiceKind):
        query = query.where(Invoice.kind == InvoiceKind(wanted.kind))
    return query.where(Invoice.number.startswith(wanted.number, autoescape=True)) if wanted.number else query


def _payments(scope: Scope, wanted: Wanted) -> Select[Any]:
    query = _asked(Payment, Payment.amount_minor, scope, wanted)
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
    if wanted.reason:
        query = query.where(Payment.failure_code == wanted.reason)
    return query.where(Payment.receipt_number == wanted.number) if wanted.number else query


def _to_try_again() -> ColumnElement[bool]:
    later = Payment.__table__.alias("later")
    tried = select(later.c.id).where(later.c.retry_of == Payment.id).exists()
    return Payment.status.in_(GIVEN_UP) & ~tried & (Payment.failure_code != "paid_otherwise")


def _notes(scope: Scope, wanted: Wanted) -> Select[Any]:
    query = _asked(CreditNote, CreditNote.total_minor, scope, wanted)
    query = _between(query, CreditNote.issued_on, wanted)
    if wanted.status in set(CreditStatus):
        query = query.where(CreditNote.status == CreditStatus(wanted.status))
    if wanted.number:
        query = query.where(CreditNote.number.startswith(wanted.number, autoescape=True))
    return query


def _asked(
    record: type[Document],
    amount: InstrumentedAttribute[int],
    scope: Scope,
    wanted: Wanted,
) -> Select[Any]:
    query = _within(select(record), record, scope)
    if wanted.partner_id:
        query = query.where(record.partner_id == wanted.partner_id)
    if wanted.currency:
        query = query.where(record.currency == wanted.currency)
    if wanted.at_least is not None:
        query = query.where(amount >= _minor(record.currency, wanted.at_least, ROUND_CEILING))
    if wanted.at_most is not None:
        query = query.where(amount <= _minor(record.currency, wanted.at_most, ROUND_FLOOR))
    return query


def _minor(currency: InstrumentedAttribute[str], amount: Decimal, rounding: str) -> ColumnElement[int]:
    """
    Return *amount* in the minor units of each row's currency.
    """

    def scaled(digits: int) -> ColumnElement[int]:
        return literal(int(amount.scaleb(digits).to_integral_value(rounding)), BigInteger)

    unlike = ((currency == code, scaled(digits)) for code, digits in EXPONENTS.items())
    return case(*unlike, else_=scaled(2))


def _totals(
    session: Session,
    meant: Select[Any],
    record: type[Document],
    columns: tuple[Any, Any, Any],
) -> list[Total]:
    status, whole, left = columns
    query = (
        meant.with_only_columns(status, record.currency, func.count(), func.sum(whole), func.sum(left))
        .group_by(status, record.currency)
        .order_by(status, record.currency)
    )
    return [
        Total(status=name, count=count, total=Money(int(every), code), open=Money(int(unused), code))
        for name, code, count, every, unused in session.execute(query)
    ]


def _charges(scope: Scope, wanted: Wanted) -> Select[Any]:
    query = _asked(Charge, Charge.amount_minor, scope, wanted)
    query = _between(query, func.date(Charge.created_at), wanted)
    if wanted.status in set(ChargeStatus):
        query = query.where(Charge.status == ChargeStatus(wanted.status))
    return query


def _between(query: Select[Any], day: Any, wanted: Wanted) -> Select[Any]:
    if wanted.from_on:
        query = query.where(day >= wanted.from_on)
    return query.where(day <= wanted.to_on) if wanted.to_on else query


def _within(query: Select[Any], record: type[Document | Order], scope: Scope) -> Select[Any]:
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
