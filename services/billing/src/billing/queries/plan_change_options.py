"""What a customer may change a service to, and when: the choices of the change-plan page."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from billing.domain.change import ChangeAlreadyBooked, Source
from billing.domain.change_terms import rules_for
from billing.domain.plan_change import compare, next_billing_day
from billing.models import Account, Plan, PlanVersion, Subscription
from billing.queries.plan_change_guards import bounds, check_change, check_target
from billing.queries.plan_change_price import terms_in_force
from billing.queries.plan_changes import (
    PendingView,
    held_price,
    pending_of,
    prepaid_days,
    target_price,
)
from billing.queries.prepaid import is_prepaid
from shared import clock
from shared.errors import NotFound, Refusal
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class Offered:
    """
    A plan the catalogue lets the customer have, in the version they are shown.
    """

    plan_id: str
    version: int


@dataclass(frozen=True, kw_only=True)
class PresentPlan:
    """
    The plan the service has now.
    """

    plan_id: str
    name: str
    price: Money


@dataclass(frozen=True, kw_only=True)
class Suggested:
    """
    A day worth a button: *code* today or next_bill.
    """

    on: date
    code: str


@dataclass(frozen=True, kw_only=True)
class DateRule:
    """
    Why earlier days are not offered.
    """

    code: str
    applies_to: str
    first_on: date


@dataclass(frozen=True, kw_only=True)
class Dates:
    """
    From when to when a change may begin.
    """

    earliest_on: date
    latest_on: date
    suggested: list[Suggested]
    rules: list[DateRule]


@dataclass(frozen=True, kw_only=True)
class Target:
    """
    A plan to change to; *difference* is per its whole period, negative when it costs less.
    """

    plan_id: str
    version: int
    name: str
    price: Money
    months: int
    direction: str
    difference: Money


@dataclass(frozen=True, kw_only=True)
class Refused:
    """
    Why nothing can be changed now.
    """

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Options:
    """
    All the change-plan page needs of billing.
    """

    subscription_id: str
    current_plan: PresentPlan
    dates: Dates
    targets: list[Target]
    pending_change: PendingView | None
    refusal: Refused | None


def plan_change_options(
    session: Session,
    *,
    customer_id: str,
    subscription_id: str,
    offered: list[Offered],
    now: datetime,
    source: Source = Source.PORTAL,
) -> Options:
    """
    Return what *offered* leaves to choose from for the customer's subscription.

    :raises NotFound: if they have no such subscription
    """
    subscription = session.get(Subscription, subscription_id)
    account = session.get(Account, customer_id)
    if subscription is None or account is None or subscription.customer_id != customer_id:
        raise NotFound
    return Options(
        subscription_id=subscription.id,
        current_plan=_present(subscription),
        dates=_dates(session, account, subscription, now=now, source=source),
        targets=targets_of(session, subscription, offered, source=source),
        pending_change=pending_of(session, customer_id).get(subscription.id),
        refusal=_refusal(session, subscription, source),
    )


def targets_of(
    session: Session, subscription: Subscription, offered: list[Offered], *, source: Source
) -> list[Target]:
    """
    Return which of *offered* may follow the present plan, cheapest first.
    """
    found = [
        _target(session, subscription, sold)
        for each in offered
        if (sold := _sold(session, each)) and _fits(session, subscription, sold, source)
    ]
    return sorted(found, key=lambda target: (target.price.minor, target.name))


def _sold(session: Session, offered: Offered) -> PlanVersion | None:
    plan = session.get(Plan, offered.plan_id)
    if plan is None or not plan.on_sale or plan.version != offered.version:
        return None
    return session.get(PlanVersion, (offered.plan_id, offered.version))


def _fits(session: Session, subscription: Subscription, sold: PlanVersion, source: Source) -> bool:
    try:
        check_target(session, subscription, sold, source=source)
    except Refusal:
        return False
    return True


def _target(session: Session, subscription: Subscription, sold: PlanVersion) -> Target:
    account = session.get_one(Account, subscription.customer_id)
    days = [
        prepaid_days(session, account, each.plan_id, version)
        for each, version in ((subscription, subscription.plan_version), (sold, sold.version))
    ]
    held = held_price(subscription, days=days[0])
    target = target_price(sold, quantity=held.quantity, from_on=held.from_on, days=days[1])
    return Target(
        plan_id=sold.plan_id,
        version=sold.version,
        name=sold.name,
        price=target.amount,
        months=target.months,
        direction=compare(held, target).value,
        difference=target.amount - held.amount,
    )


def _present(subscription: Subscription) -> PresentPlan:
    price = Money(subscription.price_minor, subscription.currency)
    return PresentPlan(plan_id=subscription.plan_id, name=subscription.name, price=price)


def _refusal(session: Session, subscription: Subscription, source: Source) -> Refused | None:
    try:
        check_change(session, subscription, source=source)
    except ChangeAlreadyBooked:
        return None  # the booked change is shown itself, with Undo
    except Refusal as refusal:
        return Refused(code=refusal.code, detail=refusal.detail)
    return None


def _dates(
    session: Session, account: Account, subscription: Subscription, *, now: datetime, source: Source
) -> Dates:
    rules = rules_for(
        terms_in_force(session, account), currency=account.currency, anchor_day=account.billing_day
    )
    earliest, latest = bounds(account, subscription, rules, now=now, source=source)
    today = clock.local_date(now, account.timezone)
    late = earliest > max(today, subscription.starts_on)
    return Dates(
        earliest_on=earliest,
        latest_on=latest,
        suggested=_suggested(account, subscription, today, earliest),
        rules=[DateRule(code="after_invoiced", applies_to="all", first_on=earliest)] if late else [],
    )


def _suggested(account: Account, subscription: Subscription, today: date, earliest: date) -> list[Suggested]:
    renews_on = subscription.charged_through if is_prepaid(account) else None
    if renews_on and renews_on > today:
        days = [Suggested(on=today, code="today")] if earliest <= today else []
        return [*days, Suggested(on=renews_on, code="next_bill")]
    bill_on = next_billing_day(account.billing_day, max(today, earliest))
    if bill_on == today:
        bill_on = next_billing_day(account.billing_day, today + timedelta(days=1))
    days = [Suggested(on=today, code="today")] if earliest <= today else []
    return [*days, Suggested(on=bill_on, code="next_bill")]
