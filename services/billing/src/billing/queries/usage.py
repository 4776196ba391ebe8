"""How much data a service has left, of which lots, and what became of it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from billing.domain.bucket import LotKind, in_order
from billing.models import Account, DataLot, DataMove, Subscription, UsageRecord
from shared import clock
from shared.errors import NotFound

HISTORY = 20
# Asked for with every Home: made once.
OPEN = select(DataLot).where(DataLot.customer_id == bindparam("customer"), DataLot.closed.is_(False))


@dataclass(frozen=True, kw_only=True)
class LotView:
    """
    Data of one origin (*kind* included, top_up, rollover), usable until the end of *expires_on*.
    """

    kind: str
    amount_mb: int
    left_mb: int
    expires_on: date | None


@dataclass(frozen=True, kw_only=True)
class Meter:
    """
    The data of a service as it is today, in megabytes; *lots* in the order in which they are used.
    """

    subscription_id: str
    total_mb: int
    left_mb: int
    used_mb: int
    lots: list[LotView]


@dataclass(frozen=True, kw_only=True)
class MoveView:
    """
    One change of the data: *reason* granted, used, rolled_over, expired, taken_back.
    """

    at: datetime
    reason: str
    kind: str
    amount_mb: int


@dataclass(frozen=True, kw_only=True)
class UsageView(Meter):
    """
    With what no lot covered (ever), and the latest changes, newest first.
    """

    uncovered_mb: int
    history: list[MoveView]


def meters_of(session: Session, *, customer_id: str) -> list[Meter]:
    """
    Return the data of each of the customer's services that has any.
    """
    lots: dict[str, list[DataLot]] = defaultdict(list)
    for lot in session.scalars(OPEN, {"customer": customer_id}):
        lots[lot.subscription_id].append(lot)
    if not lots:
        return []
    today = _today(session, customer_id)
    return [meter for key, mine in lots.items() if (meter := _meter(key, mine, today)).lots]


def usage_of(session: Session, *, customer_id: str, subscription_id: str) -> UsageView:
    """
    Return the data of one service of the customer.

    :raises NotFound: if they have no such service
    """
    row = session.get(Subscription, subscription_id)
    if row is None or row.customer_id != customer_id:
        raise NotFound
    mine = DataLot.subscription_id == subscription_id
    found = _meter(
        subscription_id,
        session.scalars(select(DataLot).where(mine, DataLot.closed.is_(False))),
        _today(session, customer_id),
    )
    uncovered = session.scalar(
        select(func.sum(UsageRecord.uncovered_mb)).where(UsageRecord.subscription_id == subscription_id)
    )
    return UsageView(
        subscription_id=subscription_id,
        total_mb=found.total_mb,
        left_mb=found.left_mb,
        used_mb=found.used_mb,
        lots=found.lots,
        uncovered_mb=int(uncovered or 0),
        history=_history(session, subscription_id),
    )


def _meter(subscription_id: str, lots: Iterable[DataLot], today: date) -> Meter:
    rows = {lot.id: lot for lot in lots if lot.lot().usable(today)}
    shown = [rows[each.id] for each in in_order(row.lot() for row in rows.values())]
    total_mb, left_mb = sum(row.amount_mb for row in shown), sum(row.left_mb for row in shown)
    return Meter(
        subscription_id=subscription_id,
        total_mb=total_mb,
        left_mb=left_mb,
        used_mb=total_mb - left_mb,
        lots=[
            LotView(
                kind=LotKind(row.kind).value,
                amount_mb=row.amount_mb,
                left_mb=row.left_mb,
                expires_on=row.expires_on,
            )
            for row in shown
        ],
    )


def _history(session: Session, subscription_id: str) -> list[MoveView]:
    rows = session.execute(
        select(DataMove, DataLot.kind)
        .join(DataLot, DataLot.id == DataMove.lot_id)
        .where(DataLot.subscription_id == subscription_id)
        .order_by(DataMove.at.desc(), DataMove.lot_id.desc(), DataMove.seq.desc())
        .limit(HISTORY)
    )
    return [
        MoveView(at=move.at, reason=move.reason.value, kind=kind.value, amount_mb=move.amount_mb)
        for move, kind in rows
    ]


def _today(session: Session, customer_id: str) -> date:
    account = session.get(Account, customer_id)
    return clock.today(account.timezone if account else "UTC")
