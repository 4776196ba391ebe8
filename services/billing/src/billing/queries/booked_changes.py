"""Booked changes of plan as they will be made on their day: what is billed and charged from then on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.billing import Holding, Waiting
from billing.domain.change_terms import Terms
from billing.domain.line import Line
from billing.domain.plan_change import used_parts
from billing.domain.plan_quote import PlanQuote
from billing.models import Account, PlanChange, PlanVersion, Subscription
from billing.queries.plan_change_price import Case, price


@dataclass(frozen=True, kw_only=True)
class Booked:
    """
    A change on *effective_on*: *holding* is charged from then on, *billed* is on a bill of the change's own.

    Where it makes none, its lines are *waiting* for the next; *dropped* are waiting charges it takes back.
    """

    change_id: str
    effective_on: date
    name: str
    holding: Holding
    billed: tuple[Line, ...]
    waiting: tuple[Waiting, ...]
    dropped: frozenset[str]


def case_of(session: Session, account: Account, change: PlanChange) -> Case:
    """
    Return what the booked change is priced from, on the terms it was booked on.
    """
    return Case(
        account=account,
        subscription=session.get_one(Subscription, change.subscription_id, populate_existing=True),
        sold=session.get_one(PlanVersion, (change.to_plan_id, change.to_plan_version)),
        effective_on=change.effective_on,
        terms=Terms(**change.terms),
    )


def as_made(session: Session, change_ids: Sequence[str]) -> list[Booked]:
    """
    Return these changes as they would be made if nothing else happened, in the order of their days.
    """
    if not change_ids:
        return []
    rows = session.scalars(
        select(PlanChange)
        .where(PlanChange.id.in_(change_ids))
        .order_by(PlanChange.effective_at, PlanChange.id)
        .execution_options(populate_existing=True)
    ).all()
    return [_as_made(session, row) for row in rows]


def _as_made(session: Session, change: PlanChange) -> Booked:
    case = case_of(session, session.get_one(Account, change.customer_id), change)
    quoted = price(session, case)
    return Booked(
        change_id=change.id,
        effective_on=change.effective_on,
        name=change.to_name,
        holding=Holding(
            prices=(quoted.target,),
            months=case.sold.interval_months,
            since=quoted.charged_through,
            replaces=True,
        ),
        billed=quoted.charges if quoted.billed else (),
        waiting=tuple(_waiting(change, quoted)),
        dropped=frozenset(each.source.id for each in quoted.refunds if each.source.waiting),
    )


def _waiting(change: PlanChange, quoted: PlanQuote) -> Iterator[Waiting]:
    cut = [part for each in quoted.refunds if each.source.waiting for part in used_parts(each)]
    added = [] if quoted.billed else list(quoted.charges)
    for position, line in enumerate([*cut, *added]):
        yield Waiting(charge_id=f"{change.id}:{position}", line=line)
