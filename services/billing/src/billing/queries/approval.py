"""What approving an order would mean, before anybody does it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import approval as rules
from billing.domain import order as orders
from billing.models import Account, Invoice, InvoiceLine, Order, Subscription
from shared import clock
from shared.money import Money


@dataclass(frozen=True)
class Unused:
    """
    The days before the actual start, and what they are worth.
    """

    days: int
    credit: Money


def awaits_a_person(order: Order) -> bool:
    """
    Tell whether Approve and Reject are offered.
    """
    return order.approval is orders.Approval.OPEN and order.status in (
        orders.Status.AWAITING_APPROVAL,
        orders.Status.ACTIVE,
    )


def suggested_start(order: Order, account: Account | None) -> date:
    """
    Return the day the form starts with: the paid day of a paid order, today for a request, or the later day
    the customer wished for.
    """
    timezone = account.timezone if account else "UTC"
    day = clock.local_date(order.paid_at or clock.now(), timezone)
    return max(day, order.preferred_start_on or day)


def start_bounds(order: Order, account: Account, *, now: datetime) -> tuple[date, date]:
    """
    Return the first and the last day the order may have started on, in the account's time zone.
    """
    zone = account.timezone
    return rules.starts_between(
        placed_on=clock.local_date(order.created_at, zone),
        paid_on=clock.local_date(order.paid_at, zone) if order.paid_at else None,
        today=clock.local_date(now, zone),
        billing_day=account.billing_day,
    )


def unused(session: Session, order: Order, *, starts_on: date | None) -> Unused | None:
    """
    Return what a start on *starts_on* would give back; None when nothing was paid for earlier days.
    """
    if starts_on is None:
        return None
    made = select(Subscription.id).where(Subscription.order_id == order.id)
    lines = session.scalars(
        select(InvoiceLine)
        .join(Invoice, Invoice.id == InvoiceLine.invoice_id)
        .where((Invoice.order_id == order.id) | InvoiceLine.subscription_id.in_(made))
    )
    days, found = Counter[str](), []
    for line in lines:
        part = unused_part(line, starts_on)
        if part:
            days[line.plan_id] += part.days
            found.append(part)
    if not found:
        return None
    worth = Money(sum(part.amount.minor for part in found), order.currency)
    return Unused(max(days.values()), worth)


def unused_part(line: InvoiceLine, starts_on: date) -> rules.Unused | None:
    """
    Return what of a stored line lies before *starts_on*; None if nothing does, or it has no period (D28).
    """
    priced = line.line()
    if priced.period is None:
        return None
    invoiced = rules.InvoicedLine(
        id=line.id,
        price=priced.price,
        quantity=priced.quantity,
        period=priced.period,
        nominal_days=priced.nominal_days,
        left=line.left,
        discount_basis_points=line.discount_basis_points,
    )
    return rules.unused(invoiced, start=starts_on)
