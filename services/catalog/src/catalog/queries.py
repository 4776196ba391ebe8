"""What catalog can be asked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from catalog.domain.availability import Audience, Customer, Obstacle, obstacles
from catalog.domain.plan import BillingType, Kind
from catalog.models import KnownName, PlanVersion
from catalog.models import Plan as Plan
from shared.errors import NotFound

SHELF = list(Kind)


class PlanNotFound(NotFound, code="plan_not_found", title="There is no such plan"):
    """
    The plan does not exist.
    """


@dataclass(frozen=True, kw_only=True)
class Member:
    """
    One plan inside a bundle.
    """

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """
    A plan one customer may order, with its members by name; *prepaid_days* is the length of a period for
    prepaid customers (0: the plan's months).
    """

    plan: Plan
    members: tuple[Member, ...]
    prepaid_days: int = 0


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """
    A plan and what keeps one customer from it; nothing when they may have it.
    """

    plan: Plan
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, kw_only=True)
class Names:
    """
    What the ids in availability lists are called, by id.
    """

    partners: dict[str, str]
    locations: dict[str, str]
    labels: dict[str, str]


def offers(session: Session, *, customer: Customer, plan_ids: Collection[str] | None = None) -> list[Offer]:
    """
    Return the plans *customer* may order, as they stand on the shelf; only those of *plan_ids* when given.
    """
    # The rule decides; leaving out here what it refuses to everybody only saves reading it.
    on_shelf = _named(plan_ids).where(
        Plan.retired_at.is_(None), Plan.enabled.is_(True), Plan.shown_on_portal.is_(True)
    )
    found = [plan for plan in session.scalars(on_shelf) if not obstacles(plan.content, customer)]
    names = _member_names(session, found)
    return [
        Offer(
            plan=plan,
            members=tuple(Member(id=id_, name=names[id_]) for id_ in plan.member_ids),
            prepaid_days=plan.prepaid_days if customer.billing_type == BillingType.PREPAID else 0,
        )
        for plan in sorted(found, key=_place)
    ]


def change_targets(session: Session, *, customer: Customer, from_plan_id: str) -> list[Offer]:
    """
    Return what *customer* may change to from a plan: its own list, without what the limits refuse them.

    :raises PlanNotFound: if there is no such plan
    """
    listed = plan(session, from_plan_id).content.change_target_ids
    found = [
        each
        for each in session.scalars(_named(listed).where(Plan.retired_at.is_(None)))
        if not obstacles(each.content, customer, audience=Audience.CHANGE)
    ]
    return [Offer(plan=each, members=()) for each in sorted(found, key=_place)]


def verdicts(
    session: Session,
    *,
    customer: Customer,
    plan_ids: Collection[str] | None = None,
    audience: Audience = Audience.PORTAL,
) -> list[Verdict]:
    """
    Return for every plan (or those of *plan_ids*) whether *customer* may have it, and why not.
    """
    return [
        Verdict(
            plan=plan,
            obstacles=tuple(
                obstacles(plan.content, customer, audience=audience, retired=plan.retired_at is not None)
            ),
        )
        for plan in sorted(session.scalars(_named(plan_ids)), key=_place)
    ]


def plan(session: Session, plan_id: str) -> Plan:
    """
    Return one plan.

    :raises PlanNotFound: if there is none
    """
    found = session.get(Plan, plan_id)
    if found is None:
        raise PlanNotFound
    return found


def plans(
    session: Session, *, kind: Kind | None = None, search: str = "", retired: bool = False
) -> list[Plan]:
    """
    Return the plans of *kind* whose title holds *search*, cheapest first; the retired ones only when asked.
    """
    query = select(Plan).where(Plan.retired_at.is_not(None) if retired else Plan.retired_at.is_(None))
    if kind is not None:
        query = query.where(Plan.kind == kind)
    if search:
        query = query.where(func.lower(Plan.name).contains(search.lower(), autoescape=True))
    return sorted(session.scalars(query), key=_place)


def counts(session: Session) -> dict[Kind, int]:
    """
    Return how many plans of each kind are for sale.
    """
    rows = session.execute(
        select(Plan.kind, func.count()).where(Plan.retired_at.is_(None)).group_by(Plan.kind)
    )
    found = {kind: count for kind, count in rows}  # noqa: C416 - a row is no pair to mypy
    return {kind: found.get(kind, 0) for kind in Kind}


def versions(session: Session, plan_id: str) -> Sequence[PlanVersion]:
    """
    Return the versions of a plan, newest first.
    """
    return session.scalars(
        select(PlanVersion).where(PlanVersion.plan_id == plan_id).order_by(PlanVersion.version.desc())
    ).all()


def names(session: Session) -> Names:
    """
    Return what partners, locations and labels are called.
    """
    known = session.scalars(
        select(KnownName).where(KnownName.deleted.is_(False)).order_by(KnownName.name)
    ).all()
    return Names(
        partners={row.id: row.name for row in known if row.kind == "partner"},
        locations={row.id: row.name for row in known if row.kind == "location"},
        labels={row.id: row.name for row in known if row.kind == "label"},
    )


def _named(plan_ids: Collection[str] | None) -> Select[tuple[Plan]]:
    return select(Plan) if plan_ids is None else select(Plan).where(Plan.id.in_(plan_ids))


def _member_names(session: Session, bundles: Sequence[Plan]) -> dict[str, str]:
    ids = {id_ for plan in bundles for id_ in plan.member_ids}
    rows = session.execute(select(Plan.id, Plan.name).where(Plan.id.in_(ids))) if ids else ()
    return {id_: name for id_, name in rows}  # noqa: C416 - a row is no pair to mypy


def _place(row: Plan) -> tuple[int, int, str]:
    return SHELF.index(row.kind), row.price_minor, row.name
