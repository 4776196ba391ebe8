"""The plan-change matrix: from every plan to every other of its kind, for customers in the portal."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import queries
from catalog.admin import words
from catalog.domain.change_paths import Direction, direction
from catalog.domain.plan import Kind
from catalog.usecases.edit_change_paths import PathsRefused, Row, edit_change_paths
from catalog.usecases.edit_plan import PlanChanged, PlanIsRetired
from shared import clock
from shared.errors import Refusal
from shared.ui import toast
from shared.web.access import principal, staff
from shared.web.app import database

blueprint = Blueprint("plan_changes", __name__, url_prefix="/admin/catalog", template_folder="templates")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """
    One way from a plan to another.
    """

    target: queries.Plan
    direction: Direction
    ticked: bool


@dataclass(frozen=True, kw_only=True)
class Line:
    """
    A plan and its ways, one per column; None where there is no way.
    """

    plan: queries.Plan
    version: int
    cells: list[Cell | None]
    reason: str


@blueprint.get("/plan-changes")
@staff("plans.view")
def matrix() -> str:
    """
    Show what customers with each plan may change to.
    """
    with database().read() as session:
        return _page(session, {}, {})


@blueprint.post("/plan-changes")
@staff("plans.edit")
def save() -> Response | str | tuple[str, int]:
    """
    Save the ticks, or tick one row and show it.
    """
    rows = _rows()
    if "fill" in request.form:
        with database().read() as session:
            return _page(session, _filled(session, rows), {})
    try:
        with database().begin() as session:
            now = clock.now()
            changed = edit_change_paths(session, rows=rows.values(), by=principal().name, now=now)
    except PathsRefused as refusal:
        with database().read() as session:
            return _page(session, _without_stale(rows, refusal), refusal.reasons), 409
    saved = ngettext("Saved: %(num)d plan.", "Saved: %(num)d plans.", len(changed))
    toast(saved if changed else _("Nothing changed."))
    return redirect(url_for("plan_changes.matrix"), 303)


def _page(session: Session, rows: Mapping[str, Row], reasons: Mapping[str, Refusal]) -> str:
    shelves = {kind: queries.plans(session, kind=kind) for kind in Kind if kind is not Kind.ONE_TIME}
    gone = [queries.plan(session, id_) for id_, why in reasons.items() if isinstance(why, PlanIsRetired)]
    return render_template(
        "catalog/plan_changes.html",
        tables=[(kind, plans, _lines(plans, rows, reasons)) for kind, plans in shelves.items() if plans],
        gone=gone,
        refused=bool(reasons),
        may_edit=principal().may("plans.edit"),
        words=words,
    )


def _lines(plans: list[queries.Plan], rows: Mapping[str, Row], reasons: Mapping[str, Refusal]) -> list[Line]:
    return [_line(plan, plans, rows.get(plan.id), reasons.get(plan.id)) for plan in plans]


def _line(plan: queries.Plan, plans: list[queries.Plan], row: Row | None, why: Refusal | None) -> Line:
    ticked = row.target_ids if row else frozenset(plan.change_target_ids)
    return Line(
        plan=plan,
        version=row.seen_version if row else plan.version,
        cells=[_cell(plan, other, ticked) for other in plans],
        reason=_said(why) if why else "",
    )


def _cell(plan: queries.Plan, other: queries.Plan, ticked: Collection[str]) -> Cell | None:
    if other.id == plan.id or other.currency != plan.currency:
        return None
    return Cell(target=other, direction=direction(plan.content, other.content), ticked=other.id in ticked)


def _said(why: Refusal) -> str:
    stale = _("Somebody else changed this plan. This row shows what is saved now.")
    return str(stale if isinstance(why, PlanChanged) else _("A ticked plan is no longer sold."))


def _rows() -> dict[str, Row]:
    prefix = "version-"
    ids = [name.removeprefix(prefix) for name in request.form if name.startswith(prefix)]
    return {id_: _row(id_, request.form[f"{prefix}{id_}"]) for id_ in ids}


def _row(plan_id: str, version: str) -> Row:
    seen = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else 0
    return Row(
        plan_id=plan_id, seen_version=seen, target_ids=frozenset(request.form.getlist(f"to-{plan_id}"))
    )


def _filled(session: Session, rows: dict[str, Row]) -> dict[str, Row]:
    plan = queries.plan(session, request.form["fill"])
    others = [each for each in queries.plans(session, kind=plan.kind) if _cell(plan, each, ())]
    row = rows.get(plan.id) or _row(plan.id, str(plan.version))
    return {**rows, plan.id: replace(row, target_ids=frozenset(other.id for other in others))}


def _without_stale(rows: Mapping[str, Row], refusal: PathsRefused) -> dict[str, Row]:
    stale = {id_ for id_, why in refusal.reasons.items() if isinstance(why, PlanChanged)}
    return {id_: row for id_, row in rows.items() if id_ not in stale}
