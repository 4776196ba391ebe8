"""What a subscription costs from when to when: opened with it, moved with its start, cut where it ends."""

from datetime import date

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from billing.models import Segment, Subscription
from shared.ids import new_id
from shared.periods import Period

CARRIED = (
    "subscription_id",
    "plan_id",
    "plan_version",
    "name",
    "currency",
    "price_minor",
    "quantity",
    "discount_basis_points",
)


def open_segment(session: Session, subscription: Subscription, *, discount_basis_points: int = 0) -> None:
    """
    Begin the first segment, at the subscription's own plan, price and start.
    """
    session.add(
        Segment(
            id=new_id("seg"),
            subscription=subscription,
            plan_id=subscription.plan_id,
            plan_version=subscription.plan_version,
            name=subscription.name,
            currency=subscription.currency,
            price_minor=subscription.price_minor,
            quantity=subscription.quantity,
            discount_basis_points=discount_basis_points,
            from_on=subscription.starts_on,
            until_on=None,
        )
    )


def reopen_segment(session: Session, subscription: Subscription, from_on: date) -> None:
    """
    Go on from *from_on*, after a pause, at what it cost before.
    """
    last = session.scalars(
        select(Segment)
        .where(Segment.subscription_id == subscription.id)
        .order_by(Segment.from_on.desc())
        .limit(1)
    ).one()
    if last.from_on == from_on:
        last.until_on = None
        return
    values = {column: getattr(last, column) for column in CARRIED}
    session.add(Segment(id=new_id("seg"), from_on=from_on, until_on=None, **values))


def leave_out(session: Session, subscription: Subscription, days: Period) -> None:
    """
    Charge nothing for *days*, and afterwards what it cost before; whatever was left out from that day on
    before is forgotten.
    """
    end_segments(session, subscription, days.start)
    if days.end < date.max:
        reopen_segment(session, subscription, days.end)


def join_segments(session: Session, subscription: Subscription, from_on: date) -> None:
    """
    Go on as if nothing had been left out from *from_on* on.
    """
    mine = Segment.subscription_id == subscription.id
    session.execute(delete(Segment).where(mine, Segment.from_on > from_on))
    session.execute(update(Segment).where(mine, Segment.until_on == from_on).values(until_on=None))


def move_start(session: Session, subscription: Subscription, starts_on: date) -> None:
    """
    Let the subscription, and with it its first segment, begin on another day.
    """
    first = session.scalars(
        select(Segment).where(Segment.subscription_id == subscription.id).order_by(Segment.from_on).limit(1)
    ).first()
    if first and first.from_on != starts_on:
        first.from_on = starts_on
    subscription.starts_on = starts_on


def last_discount(session: Session, subscription: Subscription) -> int:
    """
    Return the discount of the subscription's last segment, in basis points.
    """
    last = session.scalars(
        select(Segment.discount_basis_points)
        .where(Segment.subscription_id == subscription.id)
        .order_by(Segment.from_on.desc())
        .limit(1)
    ).first()
    return last or 0


def end_segments(session: Session, subscription: Subscription, until_on: date) -> None:
    """
    End what it costs before *until_on* (the first day that is free); segments after it go.
    """
    mine = Segment.subscription_id == subscription.id
    session.execute(
        delete(Segment).where(mine, Segment.from_on >= until_on, Segment.from_on > subscription.starts_on)
    )
    session.execute(
        update(Segment)
        .where(mine, (Segment.until_on.is_(None)) | (Segment.until_on > until_on))
        .values(until_on=until_on)
    )
