"""The days a customer paid for and did not get, because the order started later than it was paid."""

from collections import Counter
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import Account, Invoice, InvoiceLine, Order, Subscription
from billing.queries.approval import unused_part
from billing.usecases.allocate import use_credit_as_set
from billing.usecases.issue_credit_note import Cut, issue_credit_note
from shared import clock
from shared.texts import Text


def credit_unused_days(
    session: Session, account: Account, order: Order, *, starts_on: date, now: datetime
) -> None:
    """
    Credit what the order's bills charge for days before *starts_on*, and note it on the order.
    """
    days: Counter[str] = Counter()
    for invoice, lines in bills_of(session, order):
        cuts = [
            Cut(line=line, amount=part.amount, period=part.period)
            for line in lines
            if (part := unused_part(line, starts_on))
        ]
        if not cuts:
            continue
        note = issue_credit_note(
            session,
            account,
            invoice,
            cuts,
            reason=Text("Days before the start on %(day)s", {"day": starts_on}),
            on=clock.local_date(now, account.timezone),
            now=now,
        )
        order.credit_minor += note.total_minor
        days.update({cut.line.plan_id: cut.period.days for cut in cuts if cut.period})
        use_credit_as_set(session, account, now=now)
    order.credited_days = max(days.values(), default=order.credited_days)


def plans_missed(subscriptions: list[Subscription], *, starts_on: date) -> frozenset[str]:
    """
    Return the plans paid for days before *starts_on* only: they need a fresh first charge (D27).
    """
    return frozenset(
        sub.plan_id
        for sub in subscriptions
        if sub.bundle_id is None and sub.charged_through and sub.charged_through <= starts_on
    )


def bills_of(session: Session, order: Order) -> list[tuple[Invoice, list[InvoiceLine]]]:
    """
    Return the bills of an order and those its subscriptions got since, oldest first, each with its lines.
    """
    made = select(Subscription.id).where(Subscription.order_id == order.id)
    later = select(InvoiceLine.invoice_id).where(InvoiceLine.subscription_id.in_(made))
    query = select(Invoice).where((Invoice.order_id == order.id) | Invoice.id.in_(later))
    ids = set(session.scalars(made))
    return [
        (bill, [line for line in bill.lines if bill.order_id == order.id or line.subscription_id in ids])
        for bill in session.scalars(query.order_by(Invoice.created_at, Invoice.id))
    ]


def invoices_of(session: Session, order_id: str) -> list[Invoice]:
    """
    Return the bills of an order, oldest first.
    """
    query = select(Invoice).where(Invoice.order_id == order_id)
    return list(session.scalars(query.order_by(Invoice.created_at, Invoice.id)))
