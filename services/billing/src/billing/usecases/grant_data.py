"""Give the data that comes with a paid period, once, whoever asks how often."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain.bucket import LotKind, MoveReason
from billing.models import DataLot, PlanVersion, Subscription
from billing.usecases.insert_once import insert_once
from billing.usecases.move_data import move_data
from shared.ids import new_id
from shared.periods import Period


def grant_included(session: Session, subscription: Subscription, period: Period, *, now: datetime) -> None:
    """
    Give what the plan includes for *period*; nothing when it was given or the plan includes none.
    """
    sold = session.get(PlanVersion, (subscription.plan_id, subscription.plan_version))
    amount_mb = sold.included_mb * subscription.quantity if sold else 0
    subscription.data_last_on = period.last if amount_mb else date.max
    if amount_mb:
        grant(
            session,
            subscription,
            LotKind.INCLUDED,
            amount_mb,
            source=source_of(subscription.id, period.start),
            from_on=period.start,
            expires_on=period.last,
            now=now,
        )


def source_of(subscription_id: str, from_on: date) -> str:
    """
    Return what makes the data of a period that begins on *from_on* be given once.
    """
    return f"period:{subscription_id}:{from_on}"


def grant(
    session: Session,
    subscription: Subscription,
    kind: LotKind,
    amount_mb: int,
    *,
    source: str,
    from_on: date,
    expires_on: date | None,
    now: datetime,
) -> bool:
    """
    Add a lot; tell whether it is new (*source* says what made it, once).
    """
    session.flush()  # the subscription may be as new
    lot_id = new_id("lot")
    new = insert_once(
        session,
        DataLot,
        id=lot_id,
        customer_id=subscription.customer_id,
        subscription_id=subscription.id,
        kind=kind,
        amount_mb=amount_mb,
        left_mb=0,
        source=source,
        from_on=from_on,
        expires_on=expires_on,
        closed=False,
        moves=0,
        created_at=now,
    )
    if new:
        lot = session.get_one(DataLot, lot_id)
        move_data(session, lot, amount_mb, MoveReason.GRANTED, ref=source, now=now)
    return new
