"""Draft a change of everybody on one plan to another. Nothing happens before it is confirmed."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, insert, select
from sqlalchemy.orm import Session

from billing.domain.change import BulkStatus, ItemStatus
from billing.domain.subscription import Status
from billing.models import BulkChange, BulkChangeItem, Plan, PlanVersion, Subscription
from billing.queries.bulk_changes import partners_of
from billing.usecases.write_audit import write_partner_audit
from shared import context
from shared.errors import FieldError, Invalid, NotFound
from shared.ids import new_id


@dataclass(frozen=True, kw_only=True)
class BulkWish:
    """
    From which plan to which, from when, and whether a balance below its minimum matters (decision D43).
    """

    from_plan_id: str
    to_plan_id: str
    effective_on: date
    ignore_balance: bool


def start_bulk_change(
    session: Session, wish: BulkWish, *, partner_ids: frozenset[str] | None, now: datetime
) -> BulkChange:
    """
    Return a draft with a row for every active service on the plan, of *partner_ids* only (None: all).

    Rows whose customer may not have the new plan are refused one by one when they are priced.

    :raises Invalid: if a plan is unknown, not sold, of another kind, or the same
    :raises NotFound: if none of *partner_ids* sells the new plan
    """
    _check(session, wish, partner_ids)
    bulk = BulkChange(
        id=new_id("blk"),
        partner_id=next(iter(partner_ids)) if partner_ids and len(partner_ids) == 1 else None,
        from_plan_id=wish.from_plan_id,
        to_plan_id=wish.to_plan_id,
        effective_on=wish.effective_on,
        ignore_balance=wish.ignore_balance,
        status=BulkStatus.DRAFT,
        actor=context.current().actor,
        created_at=now,
    )
    session.add(bulk)
    session.flush()
    meant = session.execute(_meant(wish.from_plan_id, partner_ids)).all()
    if meant:
        session.execute(insert(BulkChangeItem), [_row(bulk.id, *each) for each in meant])
    bulk.total = len(meant)
    audit_bulk(
        session,
        bulk.id,
        "bulk_change_started",
        now=now,
        from_plan=wish.from_plan_id,
        to_plan=wish.to_plan_id,
        effective_on=wish.effective_on,
        services=len(meant),
    )
    return bulk


def audit_bulk(session: Session, bulk_id: str, action: str, *, now: datetime, **details: object) -> None:
    """
    Note what is done to a change of many in the trail of every partner it concerns.
    """
    for partner_id in partners_of(session, bulk_id):
        write_partner_audit(session, partner_id, action=action, target=bulk_id, now=now, **details)


def _check(session: Session, wish: BulkWish, partner_ids: frozenset[str] | None) -> None:
    old, new = session.get(Plan, wish.from_plan_id), session.get(Plan, wish.to_plan_id)
    if old is None:
        raise Invalid(FieldError("#/from_plan_id", "unknown", "Choose the plan to change from."))
    if new is None or not new.on_sale:
        raise Invalid(FieldError("#/to_plan_id", "unknown", "Choose a plan that is sold."))
    if old.id == new.id:
        raise Invalid(FieldError("#/to_plan_id", "same", "Choose another plan than the present one."))
    if partner_ids is not None and not any(_sold(session, new).sold_by(each) for each in partner_ids):
        raise NotFound
    versions = [_sold(session, each) for each in (old, new)]
    if versions[0].kind != versions[1].kind or versions[0].currency != versions[1].currency:
        raise Invalid(
            FieldError("#/to_plan_id", "other_kind", "Choose a plan of the same kind and currency.")
        )


def _sold(session: Session, plan: Plan) -> PlanVersion:
    return session.get_one(PlanVersion, (plan.id, plan.version))


def _meant(plan_id: str, partner_ids: frozenset[str] | None) -> Select[tuple[str, str, int]]:
    query = (
        select(Subscription.id, Subscription.customer_id, Subscription.price_minor)
        .where(Subscription.plan_id == plan_id, Subscription.status == Status.ACTIVE)
        .order_by(Subscription.id)
    )
    return query if partner_ids is None else query.where(Subscription.partner_id.in_(partner_ids))


def _row(bulk_id: str, subscription_id: str, customer_id: str, price_minor: int) -> dict[str, object]:
    return {
        "bulk_id": bulk_id,
        "subscription_id": subscription_id,
        "customer_id": customer_id,
        "status": ItemStatus.UNPRICED,
        "price_now_minor": price_minor,
        "price_after_minor": 0,
        "refund_minor": 0,
        "fee_minor": 0,
        "charge_minor": 0,
        "attempts": 0,
    }
