"""Say for many plans at once what customers may change to: all rows, or none."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import queries
from catalog.domain.change_paths import joined
from catalog.models import Plan, PlanVersion
from catalog.usecases.edit_plan import PlanChanged, PlanIsRetired, edit_plan
from shared.errors import Conflict, Invalid, Refusal


@dataclass(frozen=True, kw_only=True)
class Row:
    """
    What customers with a plan may change to, as ticked by somebody who saw one version of it.
    """

    plan_id: str
    seen_version: int
    target_ids: frozenset[str]


class PathsRefused(Conflict, code="change_paths_refused", title="Nothing was saved"):
    """
    At least one row cannot be saved, so none is; *reasons* says why, by plan.
    """

    def __init__(self, reasons: Mapping[str, Refusal]) -> None:
        super().__init__(params={"plan_ids": sorted(reasons)})
        self.reasons = dict(reasons)


def edit_change_paths(session: Session, *, rows: Collection[Row], by: str, now: datetime) -> list[Plan]:
    """
    Make a new version of every plan whose row was changed, and return those plans.

    A row nobody touched never stands in the way, however much its plan changed meanwhile.

    :raises PathsRefused: with the rows that cannot be saved; the caller's transaction must end with it
    """
    on_sale = frozenset(session.scalars(select(Plan.id).where(Plan.retired_at.is_(None))))
    changed, reasons = [], dict[str, Refusal]()
    for row in sorted(rows, key=lambda row: row.plan_id):  # one order for everybody who locks several
        if row.target_ids & on_sale == _seen_targets(session, row) & on_sale:
            continue
        try:
            changed.append(_edited(session, row, by=by, now=now))
        except (PlanChanged, PlanIsRetired, Invalid) as refusal:
            reasons[row.plan_id] = refusal
    if reasons:
        raise PathsRefused(reasons)
    return changed


def _seen_targets(session: Session, row: Row) -> frozenset[str]:
    seen = session.get(PlanVersion, (row.plan_id, row.seen_version))
    return frozenset(seen.document["change_target_ids"]) if seen else frozenset()


def _edited(session: Session, row: Row, *, by: str, now: datetime) -> Plan:
    content = queries.plan(session, row.plan_id).content
    targets = joined(content.change_target_ids, row.target_ids)
    return edit_plan(
        session,
        plan_id=row.plan_id,
        seen_version=row.seen_version,
        content=replace(content, change_target_ids=targets),
        by=by,
        now=now,
    )
