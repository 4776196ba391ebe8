"""
What staff see: lists of one partner scope, newest first, a page at a time.

*scope* is the partners a member of staff may see; None is all of them. What lies outside is not found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing.domain import order as orders
from billing.domain import payment as payments
from billing.models import (
    Account,
    BillMail,
    CreditNote,
    Customer,
    Invoice,
    Order,
    OrderEvent,
    Payment,
    PaymentAttempt,
    Refund,
    Subscription,
)
from shared.errors import NotFound

PAGE = 50

Scope = frozenset[str] | None
Owned = Order | Invoice | CreditNote | Payment
T = TypeVar("T", Order, Invoice, CreditNote, Payment, Customer)


@dataclass(frozen=True)
class Shown:
    """
    One page of a list: each row with its customer; *older* is the cursor of the next page, or None.
    """

    rows: list[tuple[Any, Customer | None]]
    older: str | None


@dataclass(frozen=True, kw_only=True)
class OrderFilter:
    """
    Which orders: a status, those whose approval is open, or a number; None does not limit.
    """

    status: str | None = None
    approval_open: bool = False
    number: int | None = None


def find_orders(session: Session, *, scope: Scope, wanted: OrderFilter, before: str | None = None) -> Shown:
    """
    Return a page of orders; *before* is the cursor of an earlier page.
    """
    query = _within(select(Order), Order, scope)
    if wanted.status:
        query = query.where(Order.status == orders.Status(wanted.status))
    if wanted.approval_open:
        query = query.where(awaiting_a_person())
    if wanted.number is not None:
        query = query.where(Order.number == wanted.number)
    return _page(session, query, Order.id, before)


def find_invoices(
    session: Session, *, scope: Scope, customer_id: str | None = None, before: str | None = None
) -> Shown:
    """
    Return a page of invoices, of one customer when named.
    """
    query = _of(_within(select(Invoice), Invoice, scope), Invoice, customer_id)
    return _page(session, query, Invoice.id, before)


def find_credit_notes(
    session: Session, *, scope: Scope, customer_id: str | None = None, before: str | None = None
) -> Shown:
    """
    Return a page of credit notes, of one customer when named.
    """
    query = _of(_within(select(CreditNote), CreditNote, scope), CreditNote, customer_id)
    return _page(session, query, CreditNote.id, before)


def find_payments(
    session: Session,
    *,
    scope: Scope,
    customer_id: str | None = None,
    needs_a_look: bool = False,
    before: str | None = None,
) -> Shown:
    """
    Return a page of payments; those a person has to look at when *needs_a_look*.
    """
    query = _of(_within(select(Payment), Payment, scope), Payment, customer_id)
    if needs_a_look:
        query = query.where(undecided())
    return _page(session, query, Payment.id, before)


def find_customers(session: Session, *, scope: Scope, words: str, limit: int = 20) -> list[Customer]:
    """
    Return customers whose name or login contains *words*, or whose number it is.
    """
    query = _within(select(Customer), Customer, scope).where(~Customer.deleted)
    if words.strip():
        like = f"%{_literal(words.strip())}%"
        found: ColumnElement[bool] = or_(
            Customer.full_name.ilike(like, escape="\\"), Customer.login.ilike(like, escape="\\")
        )
        digits = words.strip().lstrip("#")
        if digits.isascii() and digits.isdigit() and len(digits) < 10:
            found = or_(found, Customer.number == int(digits))
        query = query.where(found)
    return list(session.scalars(query.order_by(Customer.full_name).limit(limit)))


def one_order(session: Session, order_id: str, *, scope: Scope) -> Order:
    """
    Return the order.

    :raises NotFound: if there is none, or it is of a partner outside *scope*
    """
    return _one(session, Order, order_id, scope)


def one_invoice(session: Session, invoice_id: str, *, scope: Scope) -> Invoice:
    """
    Return the invoice.

    :raises NotFound: as for an order
    """
    return _one(session, Invoice, invoice_id, scope)


def one_credit_note(session: Session, note_id: str, *, scope: Scope) -> CreditNote:
    """
    Return the credit note.

    :raises NotFound: as for an order
    """
    return _one(session, CreditNote, note_id, scope)


def one_payment(session: Session, payment_id: str, *, scope: Scope) -> Payment:
    """
    Return the payment.

    :raises NotFound: as for an order
    """
    return _one(session, Payment, payment_id, scope)


def one_customer(session: Session, customer_id: str, *, scope: Scope) -> Customer:
    """
    Return billing's copy of the customer.

    :raises NotFound: as for an order
    """
    return _one(session, Customer, customer_id, scope)


def account_of(session: Session, customer_id: str) -> Account | None:
    """
    Return the customer's billing account; None before the first order.
    """
    return session.get(Account, customer_id)


def events_of(session: Session, order_id: str) -> list[OrderEvent]:
    """
    Return the steps of an order, oldest first.
    """
    query = select(OrderEvent).where(OrderEvent.order_id == order_id).order_by(OrderEvent.version)
    return list(session.scalars(query))


def subscriptions_of(
    session: Session, *, customer_id: str | None = None, order_id: str | None = None
) -> list[Subscription]:
    """
    Return the subscriptions of a customer or of an order, newest first.
    """
    query = select(Subscription)
    if customer_id:
        query = query.where(Subscription.customer_id == customer_id)
    if order_id:
        query = query.where(Subscription.order_id == order_id)
    return list(session.scalars(query.order_by(Subscription.id.desc())))


def documents_of_order(
    session: Session, order_id: str
) -> tuple[list[Invoice], list[CreditNote], list[Payment], list[Refund]]:
    """
    Return the invoices, credit notes, payments and refunds an order led to.
    """
    invoices = select(Invoice).where(Invoice.order_id == order_id).order_by(Invoice.id)
    notes = select(CreditNote).where(CreditNote.order_id == order_id).order_by(CreditNote.id)
    paid = select(Payment).where(Payment.order_id == order_id).order_by(Payment.id)
    returned = select(Refund).where(Refund.order_id == order_id).order_by(Refund.id)
    return (
        list(session.scalars(invoices)),
        list(session.scalars(notes)),
        list(session.scalars(paid)),
        list(session.scalars(returned)),
    )


def notes_on(session: Session, invoice_id: str) -> list[CreditNote]:
    """
    Return the credit notes of an invoice.
    """
    query = select(CreditNote).where(CreditNote.invoice_id == invoice_id).order_by(CreditNote.id)
    return list(session.scalars(query))


def mails_about(session: Session, invoice_id: str) -> list[BillMail]:
    """
    Return the mails about an invoice, newest first.
    """
    query = select(BillMail).where(BillMail.invoice_id == invoice_id)
    return list(session.scalars(query.order_by(BillMail.message_id.desc())))


def attempts_of(session: Session, payment_id: str) -> list[PaymentAttempt]:
    """
    Return the calls to the provider a payment needed.
    """
    query = select(PaymentAttempt).where(PaymentAttempt.payment_id == payment_id).order_by(PaymentAttempt.n)
    return list(session.scalars(query))


def refunds_of(session: Session, payment_id: str) -> list[Refund]:
    """
    Return what of a payment went back.
    """
    return list(session.scalars(select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.id)))


def orders_awaiting(session: Session, customer_id: str) -> dict[str, Order]:
    """
    Return the customer's orders a person still has to approve, by id.
    """
    query = select(Order).where(Order.customer_id == customer_id, awaiting_a_person())
    return {order.id: order for order in session.scalars(query)}


def counts(session: Session, *, scope: Scope) -> dict[str, int]:
    """
    Return how many things wait for a person: approvals, failed and parked payments.
    """
    wanted = {
        "approvals": _within(select(func.count(Order.id)), Order, scope).where(awaiting_a_person()),
        "failed": _within(select(func.count(Order.id)), Order, scope).where(
            Order.status == orders.Status.FAILED
        ),
        "parked": _within(select(func.count(Payment.id)), Payment, scope).where(undecided()),
        "waiting": _within(select(func.count(Payment.id)), Payment, scope).where(
            Payment.status.in_([payments.Status.PENDING, payments.Status.ACTION_REQUIRED])
        ),
    }
    return {name: session.execute(query).scalar_one() for name, query in wanted.items()}


def awaiting_a_person() -> ColumnElement[bool]:
    """
    The condition that an order is a request to be approved, or a paid one whose approval is still open.
    """
    return or_(
        Order.status == orders.Status.AWAITING_APPROVAL,
        (Order.status == orders.Status.ACTIVE) & (Order.approval == orders.Approval.OPEN),
    )


def undecided() -> ColumnElement[bool]:
    """
    The condition that the provider took another amount than asked, and nobody has decided yet.
    """
    return Payment.parked.is_not(None) & Payment.decision.is_(None)


def _page(
    session: Session, query: Select[tuple[T]], key: InstrumentedAttribute[str], before: str | None
) -> Shown:
    # ids are ULIDs: they sort by time, so the last one shown is the cursor.
    if before:
        query = query.where(key < before)
    found: Sequence[Any] = session.scalars(query.order_by(key.desc()).limit(PAGE + 1)).all()
    customers = _named(session, {row.customer_id for row in found})
    rows = [(row, customers.get(row.customer_id)) for row in found[:PAGE]]
    return Shown(rows, found[PAGE - 1].id if len(found) > PAGE else None)


def _named(session: Session, ids: set[str]) -> dict[str, Customer]:
    return {row.id: row for row in session.scalars(select(Customer).where(Customer.id.in_(ids)))}


def _within(query: Select[Any], record: type[T], scope: Scope) -> Select[Any]:
    return query if scope is None else query.where(record.partner_id.in_(scope))


def _of(query: Select[Any], record: type[Owned], customer_id: str | None) -> Select[Any]:
    return query.where(record.customer_id == customer_id) if customer_id else query


def _one(session: Session, record: type[T], row_id: str, scope: Scope) -> T:
    row = session.get(record, row_id)
    if row is None or (scope is not None and row.partner_id not in scope):
        raise NotFound
    return row


def _literal(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
