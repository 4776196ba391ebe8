"""The plan list and the plan editor."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from catalog import queries
from catalog.admin import choices, plan_form, words
from catalog.domain.plan import Content, Kind, fitted
from catalog.usecases.create_plan import create_plan
from catalog.usecases.edit_plan import edit_plan
from catalog.usecases.retire_plan import retire_plan
from shared import clock
from shared.errors import Conflict, FieldError, Invalid, Refusal
from shared.ui import Form, toast
from shared.ui.formats import said
from shared.web.access import principal, staff
from shared.web.app import database

blueprint = Blueprint("plans", __name__, url_prefix="/admin/catalog", template_folder="templates")

Values = Mapping[str, Any]


@blueprint.get("/")
@staff("plans.view")
def home() -> Response:
    """
    Lead to the plans.
    """
    return redirect(url_for("plans.list_plans"))


@blueprint.get("/plans")
@staff("plans.view")
def list_plans() -> str:
    """
    Show the plans of one kind, or of all.
    """
    kind, search = _kind_or_none(request.args.get("kind", "")), request.args.get("q", "").strip()
    retired = request.args.get("state") == "retired"
    with database().read() as session:
        return render_template(
            "catalog/plans.html",
            kind=kind,
            search=search,
            retired=retired,
            plans=queries.plans(session, kind=kind, search=search, retired=retired),
            counts=queries.counts(session),
            names=queries.names(session),
            filters=Form(request.args),
            may_edit=_may_edit(),
            may_move=principal().may("settings.edit"),
            new_items=[
                {"text": title, "href": url_for("plans.new_plan", kind=kind.value)}
                for kind, title in words.NEW_KINDS.items()
            ],
            words=words,
        )


@blueprint.get("/plans/new")
@staff("plans.edit")
def new_plan() -> str:
    """
    Show an empty editor for a plan of some kind.
    """
    return _editor(Form(plan_form.blank()), kind=_kind(request.args.get("kind", "internet")))


@blueprint.post("/plans/new")
@staff("plans.edit")
def create() -> Response | tuple[str, int]:
    """
    Start selling the plan in the form.
    """
    kind = _kind(request.args.get("kind", "internet"))
    try:
        with database().begin() as session:
            content = plan_form.content_of(request.form)
            made = create_plan(session, kind=kind, content=content, by=principal().name, now=clock.now())
    except Invalid as refusal:
        return _editor(_again(refusal), kind=kind), 422
    toast(_("%(plan)s is on sale.", plan=made.name))
    return redirect(url_for("plans.edit", plan_id=made.id), 303)


@blueprint.get("/plans/<plan_id>")
@staff("plans.view")
def edit(plan_id: str) -> str:
    """
    Show the editor of a plan.
    """
    with database().read() as session:
        plan = queries.plan(session, plan_id)
    return _editor(Form(plan_form.shown(plan.content)), kind=plan.kind, plan=plan)


@blueprint.post("/plans/<plan_id>")
@staff("plans.edit")
def save(plan_id: str) -> Response | tuple[str, int]:
    """
    Make the plan's next version from the form.
    """
    try:
        with database().begin() as session:
            plan = queries.plan(session, plan_id)
            saved = edit_plan(
                session,
                plan_id=plan_id,
                seen_version=_seen_version(),
                content=plan_form.content_of(request.form, currency=plan.currency),
                by=principal().name,
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        return _refused_edit(plan_id, refusal)
    toast(_("Saved. Version %(number)s is on sale.", number=saved.version))
    return redirect(url_for("plans.edit", plan_id=plan_id), 303)


@blueprint.post("/plans/preview")
@staff("plans.view")
def preview() -> str | tuple[str, int]:
    """
    Show the card customers would see; nothing while the form cannot be read.
    """
    kind = _kind(request.args.get("kind", ""))
    try:
        content = plan_form.content_of(
            request.form, currency=request.form.get("currency", "EUR")[:3] or "EUR"
        )
    except Invalid:
        return "", 204
    return render_template("catalog/_preview.html", card=_card(kind, content), words=words)


@blueprint.get("/plans/<plan_id>/retirement")
@staff("plans.edit")
def ask_retirement(plan_id: str) -> str:
    """
    Ask whether the plan shall really be retired.
    """
    with database().read() as session:
        plan = queries.plan(session, plan_id)
    return render_template("catalog/retire.html", plan=plan, problem=None)


@blueprint.post("/plans/<plan_id>/retirement")
@staff("plans.edit")
def retire(plan_id: str) -> Response | tuple[str, int]:
    """
    Stop selling the plan for good.
    """
    try:
        with database().begin() as session:
            plan = retire_plan(session, plan_id=plan_id, by=principal().name, now=clock.now())
    except Conflict as refusal:
        with database().read() as session:
            plan = queries.plan(session, plan_id)
        return render_template("catalog/retire.html", plan=plan, problem=refusal), 409
    toast(_("%(plan)s is retired.", plan=plan.name))
    return redirect(url_for("plans.list_plans", kind=plan.kind.value), 303)


def _editor(form: Form, *, kind: Kind, plan: queries.Plan | None = None) -> str:
    with database().read() as session:
        return render_template(
            "catalog/plan.html",
            form=form,
            kind=kind,
            plan=plan,
            card=_card_of(form.values, kind, plan),
            versions=queries.versions(session, plan.id) if plan else [],
            may_edit=_may_edit(),
            may_move=principal().may("settings.edit"),
            words=words,
            **choices.of_customers(session),
            **choices.of_plans(session, kind=kind, without=plan.id if plan else None),
        )


def _may_edit() -> bool:
    return principal().may("plans.edit")


def _refused_edit(plan_id: str, refusal: Refusal) -> tuple[str, int]:
    with database().read() as session:
        plan = queries.plan(session, plan_id)
    return _editor(_again(refusal), kind=plan.kind, plan=plan), 422 if isinstance(refusal, Invalid) else 409


def _again(refusal: Refusal) -> Form:
    if isinstance(refusal, Invalid):
        errors = [FieldError(error.pointer, error.code, said(error.detail)) for error in refusal.errors]
        return Form(request.form, errors)
    return Form(request.form, problem=Conflict(said(refusal.detail)))


def _card_of(values: Values, kind: Kind, plan: queries.Plan | None) -> dict[str, Any] | None:
    if not isinstance(values, MultiDict):
        return _card(kind, plan.content) if plan else None
    try:
        return _card(kind, plan_form.content_of(values, currency=plan.currency if plan else None))
    except Invalid:
        return None


def _card(kind: Kind, content: Content) -> dict[str, Any]:
    return {"kind": kind, "content": fitted(kind, content)}


def _seen_version() -> int:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() else 0


def _kind(text: str) -> Kind:
    kind = _kind_or_none(text)
    if kind is None:
        raise queries.PlanNotFound
    return kind


def _kind_or_none(text: str) -> Kind | None:
    return Kind(text) if text in set(Kind) else None
