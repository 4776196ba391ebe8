"""A payment for bills comes to its end: paid, failed and tried again later, or late."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import collection
from billing.domain.collection import Owed
from billing.models import Account, Invoice, Payment
from billing.queries.settings import settings_of
from billing.usecases.allocate import allocate, use_credit_as_set
from shared import clock


def open_invoices(session: Session, customer_id: str) -> list[Invoice]:
    """
    Return the customer's bills that are not paid, the oldest due first.
    """
    query = select(Invoice).where(Invoice.customer_id == customer_id, Invoice.open_minor > 0)
    return list(session.scalars(query.order_by(Invoice.due_on, Invoice.id)))


def owed(invoices: list[Invoice]) -> list[Owed]:
    """
    Return open bills as the rules see them.
    """
    return [
        Owed(invoice_id=each.id, due_on=each.due_on, open_minor=each.open_minor)
        for each in invoices
        if each.open_minor > 0
    ]


def use_payment(
    session: Session, account: Account, payment: Payment, *, others: bool = True, now: datetime
) -> list[Invoice]:
    """
    Pay from *payment* the bills it names, then (if *others*) the oldest due; return the bills it paid.
    """
    session.flush()
    invoices = {each.id: each for each in open_invoices(session, account.customer_id)}
    plan = collection.uses(payment.left_minor, owed(list(invoices.values())), named=payment.invoice_ids)
    named = frozenset(payment.invoice_ids)
    paid = [invoices[use.invoice_id] for use in plan if others or use.invoice_id in named]
    for invoice in paid:
        allocate(session, account, source=payment, invoice=invoice, now=now)
    if paid:
        payment.invoice_id = payment.invoice_id or paid[0].id
    if others:
        use_credit_as_set(session, account, now=now)
    return paid


def plan_retry(session: Session, account: Account, payment: Payment, *, now: datetime) -> None:
    """
    Have an automatic payment that failed be tried again on the next of the partner's days.
    """
    if not payment.automatic:
        return
    first = payment.tried_from_on or clock.local_date(now, account.timezone)
    days = settings_of(session, account).retry_days
    payment.retry_on = collection.next_try(first, days, tries=payment.round)
