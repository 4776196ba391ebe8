"""How a month went for a partner: what recurred, and which bills were paid before they were due."""

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import case, func, literal, or_, select
from sqlalchemy.orm import Session

from billing.models import Allocation, Invoice, Partner, Segment, Subscription
from shared import clock
from shared.db import Instant
from shared.money import div_half_up

ONE_DAY = timedelta(days=1)


def began_on(session: Session, partner_id: str) -> date | None:
    """
    Return the first day there was anything to count at the partner.
    """
    served = select(func.min(Segment.from_on)).join(Subscription, Subscription.id == Segment.subscription_id)
    first = session.scalar(served.where(Subscription.partner_id == partner_id))
    billed = session.scalar(select(func.min(Invoice.due_on)).where(Invoice.partner_id == partner_id))
    return min(filter(None, (first, billed)), default=None)


def monthly_on(session: Session, partner_id: str, day: date) -> dict[str, dict[str, int]]:
    """
    Return what each customer's services cost a month at the end of *day*, before discounts, by currency.
    """
    query = (
        select(
            Segment.currency,
            Subscription.customer_id,
            Subscription.interval_months,
            func.sum(Segment.price_minor * Segment.quantity),
        )
        .join(Subscription, Subscription.id == Segment.subscription_id)
        .where(
            Subscription.partner_id == partner_id,
            Subscription.bundle_id.is_(None),
            Subscription.interval_months > 0,
            Segment.from_on <= day,
            or_(Segment.until_on.is_(None), Segment.until_on > day),
        )
        .group_by(Segment.currency, Subscription.customer_id, Subscription.interval_months)
    )
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for currency, customer_id, months, minor in session.execute(query):
        found[currency][customer_id] += div_half_up(int(minor), months)
    return found


def paid_on_time(session: Session, partner: Partner, first: date, end: date) -> dict[str, tuple[int, int]]:
    """
    Return how many bills fell due from *first* to before *end*, and how many of them were paid before their
    day, by currency. Paid on the day is late, as everywhere (decision D12), but for a bill of that same day.
    """
    due = func.coalesce(Invoice.extended_to, Invoice.due_on)
    days = [first + ONE_DAY * n for n in range((end - first).days)]
    if not days:
        return {}
    starts = {day: literal(clock.start_of(day, partner.timezone), Instant()) for day in (*days, end)}
    deadline = case(
        *(((due == day) & (Invoice.issued_on < day), starts[day]) for day in days),
        *((due == day, starts[day + ONE_DAY]) for day in days),
    )
    paid = (
        select(func.coalesce(func.sum(Allocation.amount_minor), 0))
        .where(
            Allocation.invoice_id == Invoice.id,
            Allocation.created_at < deadline,
            ~Allocation.source_id.startswith("wof_"),  # given up is not paid
        )
        .correlate(Invoice)
        .scalar_subquery()
    )
    in_time = case((paid >= Invoice.total_minor, 1), else_=0)
    query = (
        select(Invoice.currency, func.count(), func.sum(in_time))
        .where(Invoice.partner_id == partner.id, due >= first, due < end, Invoice.total_minor > 0)
        .group_by(Invoice.currency)
    )
    return {currency: (count, int(timely)) for currency, count, timely in session.execute(query)}
