"""What staff may add for a customer, from which days, and why the other plans cannot be had."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.approval import starts_between
from billing.domain.availability import Holder, Obstacle, obstacles
from billing.domain.order import Status
from billing.models import (
    Account,
    Customer,
    Order,
    Partner,
    Pause,
    Plan,
    PlanChange,
    PlanVersion,
    Subscription,
)
from billing.queries.settings import partner_settings, settings_of
from billing.queries.staff import one_customer
from shared import clock

Scope = frozenset[str] | None
KINDS = ("internet", "voice", "recurring", "bundle", "one_time")
FALLBACK = ("EUR", "UTC")


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """
    A plan that cannot be added, and everything that stands in the way.
    """

    name: str
    why: tuple[Obstacle, ...]


@dataclass(frozen=True, kw_only=True)
class ServiceDesk:
    """
    The plans of one kind for one customer; *counts* says how many of each kind could be added.
    """

    customer: Customer
    account: Account | None
    currency: str
    kind: str
    counts: dict[str, int]
    plans: list[PlanVersion]
    hidden: list[Hidden]
    earliest_on: date
    latest_on: date
    today: date


def service_desk(
    session: Session, customer_id: str, *, kind: str, scope: Scope, now: datetime
) -> ServiceDesk:
    """
    Return all the page that adds a service needs; *kind* is the first one with a plan if it is none.

    :raises NotFound: if there is no such customer in *scope*
    """
    customer = one_customer(session, customer_id, scope=scope)
    holder = holder_of(session, customer)
    free, hidden = _parted(session, holder, scope)
    counts = Counter(sold.kind for sold in free)
    chosen = kind if kind in KINDS else next((each for each in KINDS if counts[each]), KINDS[0])
    earliest, latest = start_bounds(session, customer, now=now)
    return ServiceDesk(
        customer=customer,
        account=session.get(Account, customer.id),
        currency=holder.currency,
        kind=chosen,
        counts={each: counts[each] for each in KINDS},
        plans=[sold for sold in free if sold.kind == chosen],
        hidden=[Hidden(name=sold.name, why=why) for sold, why in hidden if sold.kind == chosen],
        earliest_on=earliest,
        latest_on=latest,
        today=clock.local_date(now, _money_and_time(session, customer)[1]),
    )


def holder_of(session: Session, customer: Customer) -> Holder:
    """
    Return what decides which plans the customer may be given.
    """
    account = session.get(Account, customer.id)
    return Holder(
        partner_id=customer.partner_id,
        currency=_money_and_time(session, customer)[0],
        billing_type=account.billing_type if account else customer.billing_type,
        category=customer.category,
        location_id=customer.location_id,
        label_ids=None if customer.label_ids is None else tuple(customer.label_ids),
    )


def start_bounds(session: Session, customer: Customer, *, now: datetime) -> tuple[date, date]:
    """
    Return the first and the last day a service may start on: those a request of today may be approved for.
    """
    account = session.get(Account, customer.id)
    billing_day = (account or partner_settings(session, customer.partner_id)).billing_day
    today = clock.local_date(now, _money_and_time(session, customer)[1])
    return starts_between(placed_on=today, paid_on=None, today=today, billing_day=billing_day)


def undo_until(session: Session, order: Order) -> datetime | None:
    """
    Return until when an added service can be taken back: for the minutes of the partner's settings, and as
    long as its day has not come. None where it cannot, or it was paused or its plan changed since.
    """
    if order.channel != "staff" or order.approved_at is None or order.confirmed_start_on is None:
        return None
    if order.status not in (Status.APPROVED, Status.ACTIVE) or _went_on(session, order):
        return None
    account = session.get_one(Account, order.customer_id)
    soon = order.approved_at + timedelta(minutes=settings_of(session, account).undo_minutes)
    return max(soon, clock.start_of(order.confirmed_start_on, account.timezone))


def undoable(session: Session, customer_id: str, *, now: datetime) -> frozenset[str]:
    """
    Return the orders of services that were added for the customer and can be taken back still.
    """
    query = select(Order).where(
        Order.customer_id == customer_id,
        Order.channel == "staff",
        Order.status.in_((Status.APPROVED, Status.ACTIVE)),
    )
    ends = {order.id: undo_until(session, order) for order in session.scalars(query)}
    return frozenset(order_id for order_id, until in ends.items() if until and now < until)


def _went_on(session: Session, order: Order) -> bool:
    mine = select(Subscription.id).where(Subscription.order_id == order.id)
    if session.scalar(select(Pause.id).where(Pause.subscription_id.in_(mine)).limit(1)) is not None:
        return True
    return (
        session.scalar(select(PlanChange.id).where(PlanChange.subscription_id.in_(mine)).limit(1)) is not None
    )


def _parted(
    session: Session, holder: Holder, scope: Scope
) -> tuple[list[PlanVersion], list[tuple[PlanVersion, tuple[Obstacle, ...]]]]:
    rows = session.execute(
        select(PlanVersion, Plan.on_sale)
        .join(Plan, (PlanVersion.plan_id == Plan.id) & (PlanVersion.version == Plan.version))
        .order_by(PlanVersion.price_minor, PlanVersion.name, PlanVersion.plan_id)
    ).all()
    judged = [(sold, obstacles(sold.limits(on_sale=on_sale), holder)) for sold, on_sale in rows]
    # What other partners sell is told to those who work for all of them only.
    seen = [(sold, why) for sold, why in judged if scope is None or Obstacle.PARTNER not in why]
    return [sold for sold, why in seen if not why], [(sold, why) for sold, why in seen if why]


def _money_and_time(session: Session, customer: Customer) -> tuple[str, str]:
    at = session.get(Account, customer.id) or session.get(Partner, customer.partner_id)
    return (at.currency, at.timezone) if at else FALLBACK
