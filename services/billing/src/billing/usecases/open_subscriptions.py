"""The subscriptions an order makes: one per recurring line, and the members of a bundle under it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.domain.line import Code
from billing.domain.subscription import Status
from billing.models import Order, OrderLine, Plan, PlanChange, PlanVersion, Subscription
from billing.usecases.keep_contract import keep_contract
from billing.usecases.keep_segments import move_start, open_segment
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.ids import new_id


def open_subscriptions(session: Session, order: Order, *, now: datetime) -> list[Subscription]:
    """
    Return the order's subscriptions, pending; made on the first call, the same ones after.
    """
    found = subscriptions_of(session, order.id)
    if found:
        return found
    lines = [line for line in order.lines if line.code is Code.FIRST_PERIOD]
    opened = [each for line in lines for each in _opened(session, order, line, now=now)]
    for each in opened:
        open_segment(session, each)
    return _heads_first(opened)


def subscriptions_of(session: Session, order_id: str) -> list[Subscription]:
    """
    Return the subscriptions an order made, bundles before their members; not those a change of plan made.
    """
    changed = select(PlanChange.new_subscription_id).where(PlanChange.new_subscription_id == Subscription.id)
    rows = session.query(Subscription).filter_by(order_id=order_id).order_by(Subscription.id)
    return _heads_first(rows.filter(~changed.exists()))


def _heads_first(subscriptions: Iterable[Subscription]) -> list[Subscription]:
    return sorted(subscriptions, key=lambda subscription: subscription.bundle_id is not None)


def replaced_on(session: Session, order_id: str) -> date | None:
    """
    Return the first day a plan of the order was changed; None if none was.
    """
    return session.scalar(
        select(func.min(PlanChange.effective_on))
        .join(Subscription, Subscription.id == PlanChange.new_subscription_id)
        .where(Subscription.order_id == order_id)
    )


def activate(session: Session, subscription: Subscription, *, starts_on: date) -> None:
    """
    Let it work from *starts_on* on, and tell the others.
    """
    subscription.status = Status.ACTIVE
    _bind(session, subscription, starts_on)
    if subscription.starts_on != starts_on:
        move_start(session, subscription, starts_on)
    subscription.activated_on = subscription.activated_on or starts_on
    subscription.version += 1
    tell(
        session,
        facts.SubscriptionActivated(
            subscription_id=subscription.id,
            customer_id=subscription.customer_id,
            partner_id=subscription.partner_id,
            version=subscription.version,
            plan_id=subscription.plan_id,
            plan_name=subscription.name,
            kind=subscription.kind,
            order_id=subscription.order_id,
            starts_on=starts_on,
        ),
    )


def change(session: Session, subscription: Subscription, *, status: Status, starts_on: date) -> None:
    """
    Give it another status or start, and tell the others.
    """
    subscription.status = status
    _bind(session, subscription, starts_on)
    move_start(session, subscription, starts_on)
    tell_changed(session, subscription)


def _bind(session: Session, subscription: Subscription, starts_on: date) -> None:
    # Who comes back after a pause, or with another plan, has the contract it was given.
    moved = subscription.contract_ends_on is None or subscription.starts_on != starts_on
    if subscription.parent_id is None and moved:
        keep_contract(session, subscription, starts_on=starts_on)


def tell_changed(session: Session, subscription: Subscription) -> None:
    """
    Count the change that was made to a subscription, and tell the others.
    """
    subscription.version += 1
    tell(
        session,
        facts.SubscriptionChanged(
            subscription_id=subscription.id,
            customer_id=subscription.customer_id,
            partner_id=subscription.partner_id,
            version=subscription.version,
            plan_id=subscription.plan_id,
            plan_name=subscription.name,
            kind=subscription.kind,
            status=subscription.status.value,
            starts_on=subscription.starts_on,
            ends_on=subscription.ends_on,
            parent_id=subscription.parent_id,
            contract_ends_on=subscription.contract_ends_on,
        ),
    )


def _opened(session: Session, order: Order, line: OrderLine, *, now: datetime) -> Iterator[Subscription]:
    sold = session.get_one(PlanVersion, (line.plan_id, line.plan_version))
    head = _subscription(order, sold, quantity=line.quantity, price_minor=line.price_minor, now=now)
    head.name = line.label
    yield head
    for member_id in sold.member_ids:
        plan = session.get(Plan, member_id)
        member = session.get(PlanVersion, (member_id, plan.version)) if plan else None
        if member:
            row = _subscription(order, member, quantity=line.quantity, price_minor=0, now=now)
            row.bundle_id = head.id
            yield row


def _subscription(
    order: Order, sold: PlanVersion, *, quantity: int, price_minor: int, now: datetime
) -> Subscription:
    return Subscription(
        id=new_id("sub"),
        customer_id=order.customer_id,
        partner_id=order.partner_id,
        version=1,
        order_id=order.id,
        plan_id=sold.plan_id,
        plan_version=sold.version,
        name=sold.name,
        kind=sold.kind,
        quantity=quantity,
        currency=sold.currency,
        price_minor=price_minor,
        interval_months=sold.interval_months,
        vat_basis_points=sold.vat_basis_points,
        status=Status.PENDING,
        on_approve=True,
        starts_on=order.starts_on,
        created_at=now,
    )
