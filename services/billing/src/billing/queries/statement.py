"""
A customer's ledger: every document and payment with what it did to the balance, and the balance after it.

Read from the journal, so that it is what the books say: the balance is credit less debt, and moving money
from credit to a debt changes nothing about it.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.domain.ledger import CUSTOMER_CREDIT, RECEIVABLE
from billing.domain.reason import reason_of
from billing.models import Account, Allocation, CreditNote, Invoice, JournalEntry, JournalTx, Payment, Refund
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    One posting: *kind* of the command, the document *ref* it is of, known as *label*; *amount* below zero is
    a debit.
    """

    id: str
    on: date
    kind: str
    ref: str
    label: str
    amount: Money
    balance: Money


@dataclass(frozen=True, kw_only=True)
class Statement:
    """
    The rows from *from_on* to *to_on*, both included, between two balances.
    """

    from_on: date
    to_on: date
    opening: Money
    rows: list[Row]
    closing: Money


def statement_of(
    session: Session, *, customer_id: str, from_on: date, to_on: date, currency: str
) -> Statement:
    """
    Return the customer's ledger of these days, oldest first.
    """
    account = session.get(Account, customer_id)
    currency = account.currency if account else currency
    opening = Money(_balance_before(session, customer_id, from_on), currency)
    rows, balance = [], opening
    for tx, effect in _effects(session, customer_id, from_on, to_on):
        balance = balance + Money(effect, currency)
        rows.append((tx, Money(effect, currency), balance))
    labels = _labels(session, [tx.ref for tx, _amount, _balance in rows])
    return Statement(
        from_on=from_on,
        to_on=to_on,
        opening=opening,
        rows=[
            Row(
                id=tx.id,
                on=tx.posted_on,
                kind=tx.kind,
                ref=tx.ref,
                label=labels.get(tx.ref, ""),
                amount=amount,
                balance=after,
            )
            for tx, amount, after in rows
        ],
        closing=balance,
    )


def _mine(customer_id: str) -> tuple[object, ...]:
    return (
        JournalEntry.owner == customer_id,
        JournalEntry.account.in_((RECEIVABLE, CUSTOMER_CREDIT)),
    )


def _balance_before(session: Session, customer_id: str, day: date) -> int:
    query = (
        select(func.coalesce(func.sum(JournalEntry.amount_minor), 0))
        .join(JournalTx, JournalTx.id == JournalEntry.tx_id)
        .where(JournalTx.posted_on < day, *_mine(customer_id))  # type: ignore[arg-type]
    )
    return -int(session.execute(query).scalar_one())


def _effects(session: Session, customer_id: str, from_on: date, to_on: date) -> list[tuple[JournalTx, int]]:
    effect = func.sum(JournalEntry.amount_minor)
    per_tx = (
        select(JournalEntry.tx_id, effect.label("minor"))
        .where(*_mine(customer_id))  # type: ignore[arg-type]
        .group_by(JournalEntry.tx_id)
        .having(effect != 0)
        .subquery()
    )
    query = (
        select(JournalTx, per_tx.c.minor)
        .join(per_tx, per_tx.c.tx_id == JournalTx.id)
        .where(JournalTx.customer_id == customer_id, JournalTx.posted_on.between(from_on, to_on))
    )
    rows = session.execute(query.order_by(JournalTx.posted_on, JournalTx.id))
    return [(tx, -int(minor)) for tx, minor in rows]


def _labels(session: Session, refs: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for record in (Invoice, CreditNote):
        rows = session.execute(select(record.id, record.number).where(record.id.in_(refs)))
        found |= dict(rows.tuples().all())
    payments = session.execute(select(Payment.id, Payment.method_label).where(Payment.id.in_(refs)))
    found |= dict(payments.tuples().all())
    used = session.execute(
        select(Allocation.id, Invoice.number)
        .join(Invoice, Invoice.id == Allocation.invoice_id)
        .where(Allocation.id.in_(refs))
    )
    found |= dict(used.tuples().all())
    refunds = session.execute(select(Refund.id, Refund.reason, Refund.because).where(Refund.id.in_(refs)))
    return found | {row.id: reason_of(row.reason, row.because) for row in refunds}
