"""Booked plan changes that could not be made: what customers and staff are shown of them for a while."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, select
from sqlalchemy.orm import Session, aliased

from billing.domain.change import ChangeStatus
from billing.models import Customer, PlanChange
from billing.queries.staff import PAGE, Scope, Shown
from shared import clock

SHOWN_FOR = timedelta(days=30)
# Asked for with every Home: made once. The latest one of a subscription comes last.
LATEST = (
    select(
        PlanChange.subscription_id,
        PlanChange.id,
        PlanChange.to_name,
        PlanChange.effective_on,
        PlanChange.status,
    )
    .where(PlanChange.customer_id == bindparam("customer"), PlanChange.effective_on >= bindparam("since"))
    .order_by(PlanChange.id)
)


@dataclass(frozen=True, kw_only=True)
class FailedView:
    """
    A booked change that could not be made, inside the service it was about.
    """

    id: str
    to_plan_name: str
    effective_on: date


def failed_of(session: Session, customer_id: str) -> dict[str, FailedView]:
    """
    Return the customer's changes that could not be made lately by subscription; not one that was tried again.
    """
    rows = session.execute(LATEST, {"customer": customer_id, "since": _since()})
    latest = {row.subscription_id: row for row in rows}
    return {
        subscription_id: FailedView(id=row.id, to_plan_name=row.to_name, effective_on=row.effective_on)
        for subscription_id, row in latest.items()
        if row.status is ChangeStatus.FAILED
    }


def failed_changes(session: Session, *, scope: Scope) -> Shown:
    """
    Return changes of all customers that could not be made lately and were not tried again, newest first.
    """
    query = _failed(select(PlanChange, Customer), scope)
    rows = session.execute(
        query.outerjoin(Customer, Customer.id == PlanChange.customer_id)
        .order_by(PlanChange.id.desc())
        .limit(PAGE)
    ).all()
    return Shown(rows=[(change, customer) for change, customer in rows], older=None)


def count_failed_changes(session: Session, *, scope: Scope) -> int:
    """
    Return how many there are.
    """
    return int(session.execute(_failed(select(func.count(PlanChange.id)), scope)).scalar_one())


def _failed(query: Select[Any], scope: Scope) -> Select[Any]:
    later = aliased(PlanChange)
    again = exists().where(later.subscription_id == PlanChange.subscription_id, later.id > PlanChange.id)
    query = query.where(PlanChange.status == ChangeStatus.FAILED, PlanChange.effective_on >= _since(), ~again)
    return query if scope is None else query.where(PlanChange.partner_id.in_(scope))


def _since() -> date:
    return clock.today("UTC") - SHOWN_FOR
