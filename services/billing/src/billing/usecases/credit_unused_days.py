"""The days a customer paid for and did not get, because the order started later than it was paid."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import Account, Invoice, Order
from billing.queries.approval import unused_part
from billing.usecases.allocate import use_credit
from billing.usecases.issue_credit_note import Cut, issue_credit_note
from shared import clock


def credit_unused_days(
    session: Session, account: Account, order: Order, *, starts_on: date, now: datetime
) -> None:
    """
    Credit what the order's bills charge for days before *starts_on*, and note it on the order.
    """
    for invoice in invoices_of(session, order.id):
        cuts = [
            Cut(line=line, amount=part.amount, period=part.period)
            for line in invoice.lines
            if (part := unused_part(line, starts_on))
        ]
        if not cuts:
            continue
        note = issue_credit_note(
            session,
            account,
            invoice,
            cuts,
            reason=f"Days before the start on {starts_on}",
            on=clock.local_date(now, account.timezone),
            now=now,
        )
        order.credit_minor += note.total_minor
        order.credited_days = max(line.days for line in note.lines)
        use_credit(session, account, now=now)


def plans_missed(session: Session, order: Order, *, starts_on: date) -> frozenset[str]:
    """
    Return the plans whose whole paid period lies before *starts_on*: they need a fresh first charge (D27).
    """
    return frozenset(
        line.plan_id
        for invoice in invoices_of(session, order.id)
        for line in invoice.lines
        if line.until_on is not None and line.until_on <= starts_on
    )


def invoices_of(session: Session, order_id: str) -> list[Invoice]:
    """
    Return the bills of an order, oldest first.
    """
    query = select(Invoice).where(Invoice.order_id == order_id)
    return list(session.scalars(query.order_by(Invoice.created_at, Invoice.id)))
