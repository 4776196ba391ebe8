"""What ending a service on a day would give back, as things are now."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from billing.domain.contract import end_fee, fee_line
from billing.domain.line import Line
from billing.domain.plan_change import refunds
from billing.models import Account, Customer, PlanVersion, Subscription
from billing.queries.lines import LineView, line_view
from billing.queries.plan_change_desk import subscription_in
from billing.queries.plan_changes import standing_of
from billing.queries.staff import one_customer
from shared import clock
from shared.money import Money, total

Scope = frozenset[str] | None


@dataclass(frozen=True, kw_only=True)
class Ending:
    """
    A service and what would be credited if it worked until the end of *last_on*; *fee* is what that costs.
    """

    subscription: Subscription
    customer: Customer
    last_on: date
    lines: list[LineView]
    credited: Money
    fee: LineView | None


def ending(session: Session, subscription_id: str, *, last_on: date | None, scope: Scope) -> Ending:
    """
    Return what an end does; without a day, one on the last day that is paid for, today at the earliest.

    :raises NotFound: if there is no such service in *scope*
    """
    subscription = subscription_in(session, subscription_id, scope=scope)
    account = session.get_one(Account, subscription.customer_id)
    last_on = last_on or subscription.ends_on or _paid_until(subscription, clock.today(account.timezone))
    free_from = last_on + timedelta(days=1)
    lines = [each.line for each in refunds(standing_of(session, subscription, free_from), free_from)]
    return Ending(
        subscription=subscription,
        customer=one_customer(session, subscription.customer_id, scope=scope),
        last_on=last_on,
        lines=[line_view(line) for line in lines],
        fee=line_view(fee) if (fee := fee_of(session, subscription, last_on)) else None,
        credited=-total([line.amount for line in lines], account.currency),
    )


def fee_of(session: Session, held: Subscription, last_on: date) -> Line | None:
    """
    Return what ending a service on a day costs, as its plan was sold; None where that is nothing.
    """
    sold = session.get(PlanVersion, (held.plan_id, held.plan_version))
    if sold is None or held.bundle_id is not None:
        return None
    early, later = (
        Money(each, sold.currency) for each in (sold.early_end_fee_minor, sold.cancellation_fee_minor)
    )
    label, amount = end_fee(last_on, held.contract_ends_on, early=early, later=later)
    if not amount.minor:
        return None
    return fee_line(
        label,
        amount * held.quantity,
        plan_id=held.plan_id,
        plan_version=held.plan_version,
        kind=held.kind,
        vat=held.vat_basis_points,
    )


def _paid_until(subscription: Subscription, today: date) -> date:
    if subscription.charged_through is None:
        return today
    return max(today, subscription.charged_through - timedelta(days=1))
