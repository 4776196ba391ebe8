"""Changes of many as staff see them: the list, one with its rows, and what may be chosen."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Row, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing.domain.change import ItemStatus
from billing.domain.subscription import Status
from billing.models import BulkChange, BulkChangeItem, Customer, Plan, PlanVersion, Subscription
from shared.errors import NotFound
from shared.money import Money

Scope = frozenset[str] | None
NEEDS_A_LOOK = (ItemStatus.FAILED, ItemStatus.REFUSED)
MOST_ROWS = 500


@dataclass(frozen=True, kw_only=True)
class Choice:
    """
    A plan to choose: what it costs, how many services have it, and whether it is sold to more.
    """

    id: str
    name: str
    kind: str
    price: Money
    services: int
    on_sale: bool


@dataclass(frozen=True, kw_only=True)
class Totals:
    """
    How many rows stand where, and what those to change come to.
    """

    counts: dict[ItemStatus, int]
    now: Money
    after: Money
    refund: Money
    fee: Money
    charge: Money

    def count(self, name: str) -> int:
        """
        Return how many rows stand at *name*.
        """
        return self.counts.get(ItemStatus(name), 0)


def find_bulk(session: Session, bulk_id: str, *, scope: Scope, lock: bool = False) -> BulkChange:
    """
    Return one change of many.

    :raises NotFound: if there is none, or it concerns other partners than those in *scope*
    """
    found = session.get(BulkChange, bulk_id, with_for_update=lock or None, populate_existing=lock)
    if found is None or (scope is not None and session.execute(_foreign(scope, bulk_id)).first()):
        raise NotFound
    return found


def bulks(session: Session, *, scope: Scope, limit: int = 50) -> Sequence[BulkChange]:
    """
    Return the changes of many, newest first.
    """
    query = select(BulkChange).order_by(BulkChange.id.desc()).limit(limit)
    if scope is not None:
        query = query.where(~_foreign(scope, BulkChange.id).exists())
    return session.scalars(query).all()


def plans(session: Session, *, scope: Scope) -> list[Choice]:
    """
    Return every recurring plan with how many active services of *scope* have it, by kind and price.
    """
    held = (
        select(Subscription.plan_id, func.count().label("services"))
        .where(Subscription.status == Status.ACTIVE)
        .group_by(Subscription.plan_id)
    )
    if scope is not None:
        held = held.where(Subscription.partner_id.in_(scope))
    counted = held.subquery()
    rows = session.execute(
        select(Plan, PlanVersion, func.coalesce(counted.c.services, 0))
        .join(PlanVersion, (PlanVersion.plan_id == Plan.id) & (PlanVersion.version == Plan.version))
        .outerjoin(counted, counted.c.plan_id == Plan.id)
        .where(PlanVersion.interval_months > 0, PlanVersion.kind != "bundle")
        .order_by(PlanVersion.kind, PlanVersion.price_minor)
    )
    return [
        Choice(
            id=plan.id,
            name=version.name,
            kind=version.kind,
            price=Money(version.price_minor, version.currency),
            services=services,
            on_sale=plan.on_sale and _sold_in(version, scope),
        )
        for plan, version, services in rows
    ]


def _sold_in(version: PlanVersion, scope: Scope) -> bool:
    return scope is None or any(version.sold_by(each) for each in scope)


def plan_choice(session: Session, plan_id: str, *, scope: Scope) -> Choice | None:
    """
    Return one plan as a choice.
    """
    return next((each for each in plans(session, scope=scope) if each.id == plan_id), None)


def totals(session: Session, bulk: BulkChange) -> Totals:
    """
    Return the counts of all rows and the sums of those that change or will.
    """
    currency = session.scalar(
        select(PlanVersion.currency).where(PlanVersion.plan_id == bulk.to_plan_id).limit(1)
    )
    mine = BulkChangeItem.bulk_id == bulk.id
    counts = session.execute(
        select(BulkChangeItem.status, func.count()).where(mine).group_by(BulkChangeItem.status)
    )
    summed = (
        BulkChangeItem.price_now_minor,
        BulkChangeItem.price_after_minor,
        BulkChangeItem.refund_minor,
        BulkChangeItem.fee_minor,
        BulkChangeItem.charge_minor,
    )
    changing = BulkChangeItem.status.in_([ItemStatus.WAITING, ItemStatus.DONE])
    row = session.execute(
        select(*(func.coalesce(func.sum(each), 0) for each in summed)).where(mine, changing)
    )
    now, after, refund, fee, charge = (Money(int(each), currency or "EUR") for each in row.one())
    return Totals(
        counts=dict(counts.tuples().all()), now=now, after=after, refund=refund, fee=fee, charge=charge
    )


def rows_of(
    session: Session, bulk_id: str, *, only: str = ""
) -> Sequence[Row[tuple[BulkChangeItem, Customer]]]:
    """
    Return the rows with their customers, those that need a look first; *only* narrows to one status.
    """
    query: Select[tuple[BulkChangeItem, Customer]] = (
        select(BulkChangeItem, Customer)
        .outerjoin(Customer, Customer.id == BulkChangeItem.customer_id)
        .where(BulkChangeItem.bulk_id == bulk_id)
        .order_by(
            or_(*(BulkChangeItem.status == each for each in NEEDS_A_LOOK)).desc(),
            BulkChangeItem.subscription_id,
        )
        .limit(MOST_ROWS)
    )
    if only in {each.value for each in ItemStatus}:
        query = query.where(BulkChangeItem.status == ItemStatus(only))
    return session.execute(query).all()


def partners_of(session: Session, bulk_id: str) -> Sequence[str]:
    """
    Return the partners a change of many concerns.
    """
    query = (
        select(Subscription.partner_id)
        .join(BulkChangeItem, BulkChangeItem.subscription_id == Subscription.id)
        .where(BulkChangeItem.bulk_id == bulk_id)
        .distinct()
        .order_by(Subscription.partner_id)
    )
    return session.scalars(query).all()


def _foreign(
    scope: Collection[str], bulk_id: ColumnElement[str] | InstrumentedAttribute[str] | str
) -> Select[tuple[str]]:
    """
    Select what of a change of many belongs to partners outside *scope*.
    """
    return (
        select(BulkChangeItem.customer_id)
        .join(Subscription, Subscription.id == BulkChangeItem.subscription_id)
        .where(BulkChangeItem.bulk_id == bulk_id, Subscription.partner_id.not_in(scope))
        .limit(1)
    )
