"""What a change of plan is priced from, and how booked changes are shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from billing.domain.change import ChangeStatus
from billing.domain.charge import ChargeStatus
from billing.domain.charging import Price
from billing.domain.line import Code
from billing.domain.plan_quote import Standing
from billing.models import (
    Account,
    Charge,
    CreditNoteLine,
    InvoiceLine,
    Plan,
    PlanChange,
    PlanVersion,
    Subscription,
)
from billing.queries.lines import every
from shared.errors import NotFound
from shared.money import Money
from shared.periods import Period

# Asked for with every Home: made once.
PENDING = (
    select(
        PlanChange.subscription_id,
        PlanChange.id,
        PlanChange.to_plan_id,
        PlanChange.to_name,
        PlanChange.effective_on,
        PlanChange.effective_at,
        PlanVersion.price_minor,
        PlanVersion.currency,
        PlanVersion.interval_months,
        PlanVersion.prepaid_days,
        Account.billing_type,
    )
    .join(Account, Account.customer_id == PlanChange.customer_id)
    .join(
        PlanVersion,
        (PlanVersion.plan_id == PlanChange.to_plan_id) & (PlanVersion.version == PlanChange.to_plan_version),
    )
    .where(PlanChange.customer_id == bindparam("customer"), PlanChange.status == ChangeStatus.BOOKED)
)
PERIODS = (Code.FIRST_PERIOD, Code.RECURRING)


@dataclass(frozen=True, kw_only=True)
class PendingView:
    """
    A booked change inside the service it is about.
    """

    id: str
    to_plan_id: str
    to_plan_name: str
    price: Money
    every: str
    starts_on: date
    undo_until: datetime


@dataclass(frozen=True, kw_only=True)
class ChangeView:
    """
    A change of plan: booked, applied, withdrawn or failed.
    """

    id: str
    status: str
    subscription_id: str
    new_subscription_id: str | None
    from_plan_id: str
    to_plan_id: str
    to_plan_name: str
    starts_on: date
    undo_until: datetime
    invoice_id: str | None
    failure_code: str | None
    created_at: datetime


def prepaid_days(session: Session, account: Account, plan_id: str, version: int) -> int:
    """
    Return how many days the account pays a plan for at once; 0 where it pays by the month or by the day.
    """
    sold = session.get(PlanVersion, (plan_id, version)) if account.billing_type == "prepaid" else None
    return sold.prepaid_days if sold else 0


def held_price(subscription: Subscription, *, days: int = 0) -> Price:
    """
    Return what the subscription costs now; *days* is the length of a prepaid period.
    """
    return Price(
        plan_id=subscription.plan_id,
        plan_version=subscription.plan_version,
        name=subscription.name,
        kind=subscription.kind,
        amount=Money(subscription.price_minor, subscription.currency),
        quantity=subscription.quantity,
        months=subscription.interval_months,
        vat_basis_points=subscription.vat_basis_points,
        from_on=subscription.starts_on,
        until_on=None,
        days=days,
    )


def target_price(sold: PlanVersion, *, quantity: int, from_on: date, days: int = 0) -> Price:
    """
    Return what so many of a plan version cost from a day on; *days* is the length of a prepaid period.
    """
    return Price(
        plan_id=sold.plan_id,
        plan_version=sold.version,
        name=sold.name,
        kind=sold.kind,
        amount=Money(sold.price_minor, sold.currency),
        quantity=quantity,
        months=sold.interval_months,
        vat_basis_points=sold.vat_basis_points,
        from_on=from_on,
        until_on=None,
        days=days,
    )


def standing_of(session: Session, subscription: Subscription, effective_on: date) -> list[Standing]:
    """
    Return the lines that were charged for days from *effective_on* on: billed ones and waiting ones.

    A copy made after a deactivation goes on with what its parent was billed for (decision D16).
    """
    return [
        standing
        for owner in _owners(session, subscription, effective_on)
        for standing in (*_billed(session, owner, effective_on), *_waiting(session, owner, effective_on))
    ]


def booked_change(session: Session, subscription_id: str) -> PlanChange | None:
    """
    Return the change that waits for its moment, if one does.
    """
    return session.scalar(
        select(PlanChange).where(
            PlanChange.subscription_id == subscription_id, PlanChange.status == ChangeStatus.BOOKED
        )
    )


def booked_of(session: Session, customer_id: str) -> dict[str, PlanChange]:
    """
    Return the customer's booked changes by subscription.

    Whoever bills ahead stops at their ``effective_on``: from that day on the new plan is charged.
    """
    rows = session.scalars(
        select(PlanChange).where(
            PlanChange.customer_id == customer_id, PlanChange.status == ChangeStatus.BOOKED
        )
    )
    return {row.subscription_id: row for row in rows}


def change_list(session: Session, plan_id: str) -> list[str]:
    """
    Return the plans the present version of *plan_id* may be changed to in the portal.
    """
    plan = session.get(Plan, plan_id)
    found = session.get(PlanVersion, (plan_id, plan.version)) if plan else None
    return list(found.change_target_ids) if found else []


def find_change(session: Session, *, customer_id: str, change_id: str) -> ChangeView:
    """
    Return a change of the customer.

    :raises NotFound: if they have no such change
    """
    row = session.get(PlanChange, change_id)
    if row is None or row.customer_id != customer_id:
        raise NotFound
    return change_view(row)


def changes_of(
    session: Session,
    *,
    customer_id: str,
    subscription_id: str | None,
    limit: int,
    before: str | None = None,
) -> list[ChangeView]:
    """
    Return up to *limit* changes of the customer, newest first, older than the one with id *before*.
    """
    query = select(PlanChange).where(PlanChange.customer_id == customer_id)
    if subscription_id:
        query = query.where(PlanChange.subscription_id == subscription_id)
    if before:
        query = query.where(PlanChange.id < before)
    return [change_view(row) for row in session.scalars(query.order_by(PlanChange.id.desc()).limit(limit))]


def change_view(row: PlanChange) -> ChangeView:
    """
    Return how a change is shown.
    """
    return ChangeView(
        id=row.id,
        status=row.status.value,
        subscription_id=row.subscription_id,
        new_subscription_id=row.new_subscription_id,
        from_plan_id=row.from_plan_id,
        to_plan_id=row.to_plan_id,
        to_plan_name=row.to_name,
        starts_on=row.effective_on,
        undo_until=row.effective_at,
        invoice_id=row.invoice_id,
        failure_code=row.failure_code,
        created_at=row.created_at,
    )


def pending_of(session: Session, customer_id: str) -> dict[str, PendingView]:
    """
    Return the customer's booked changes by subscription, as they are shown inside it.
    """
    rows = session.execute(PENDING, {"customer": customer_id})
    return {row.subscription_id: _pending(row) for row in rows}


def _pending(row: Row[Any]) -> PendingView:
    return PendingView(
        id=row.id,
        to_plan_id=row.to_plan_id,
        to_plan_name=row.to_name,
        price=Money(row.price_minor, row.currency),
        every=every(row.interval_months, row.prepaid_days if row.billing_type == "prepaid" else 0),
        starts_on=row.effective_on,
        undo_until=row.effective_at,
    )


def _owners(session: Session, subscription: Subscription, effective_on: date) -> Iterator[Subscription]:
    owner: Subscription | None = subscription
    while owner is not None and (owner.charged_through or date.min) > effective_on:
        yield owner
        owner = session.get(Subscription, owner.parent_id) if owner.parent_id else None


def _billed(session: Session, owner: Subscription, effective_on: date) -> Iterator[Standing]:
    lines = session.scalars(
        select(InvoiceLine).where(
            InvoiceLine.subscription_id == owner.id,
            InvoiceLine.code.in_(PERIODS),
            InvoiceLine.until_on > effective_on,
            InvoiceLine.credited_minor < InvoiceLine.amount_minor,
        )
    )
    for line in lines:
        yield Standing(
            id=line.id,
            line=line.line(),
            left=line.left,
            covers_to=_covers_to(line, owner),
            tax=Money(line.tax_minor, line.currency),
            credited=tuple(_credited(session, line)) if line.credited_minor else (),
        )


def _credited(session: Session, line: InvoiceLine) -> Iterator[Period]:
    """
    Yield the days of a line that credit notes took back; what they took without days is in what is left.
    """
    note = CreditNoteLine
    rows = session.execute(
        select(note.from_on, note.until_on).where(note.invoice_line_id == line.id, note.from_on.is_not(None))
    )
    for start, end in rows:
        yield Period(start, end)


def _waiting(session: Session, owner: Subscription, effective_on: date) -> Iterator[Standing]:
    charges = session.scalars(
        select(Charge).where(
            Charge.subscription_id == owner.id,
            Charge.status == ChargeStatus.PENDING,
            Charge.code.in_(PERIODS),
            Charge.until_on > effective_on,
        )
    )
    for charge in charges:
        line = charge.line()
        yield Standing(
            id=charge.id,
            line=line,
            left=line.amount,
            covers_to=_covers_to(charge, owner),
            tax=Money.zero(charge.currency),
            waiting=True,
        )


def _covers_to(row: InvoiceLine | Charge, owner: Subscription) -> date:
    assert row.until_on is not None
    return min(row.until_on, owner.charged_through or row.until_on)
