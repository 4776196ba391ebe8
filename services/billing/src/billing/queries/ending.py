"""What ending a service on a day would give back, as things are now."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from billing.domain.plan_change import refunds
from billing.models import Account, Customer, Subscription
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
    A service and what would be credited if it worked until the end of *last_on*.
    """

    subscription: Subscription
    customer: Customer
    last_on: date
    lines: list[LineView]
    credited: Money


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
        credited=-total([line.amount for line in lines], account.currency),
    )


def _paid_until(subscription: Subscription, today: date) -> date:
    if subscription.charged_through is None:
        return today
    return max(today, subscription.charged_through - timedelta(days=1))
