"""Billing runs: preview who is billed what, issue it, watch it, and try again what failed."""

from datetime import date, datetime

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin.shell import PREFIX, scope
from billing.domain.clockwork import ClockMoved
from billing.domain.run import Mode
from billing.queries import runs as queries
from billing.queries.clock_hold import open_hold
from billing.queries.days import todays
from billing.queries.runs import Group, RunView
from billing.queries.trail import trail_of
from billing.usecases.confirm_clock import confirm_clock
from billing.usecases.start_billing_run import (
    confirm_billing_run,
    continue_billing_run,
    rate_again,
    retry_failed_items,
    start_billing_run,
    stop_billing_run,
)
from shared import clock, ui
from shared.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound, Refusal
from shared.web.access import principal, staff
from shared.web.app import database

HERE = f"{PREFIX}/runs"
LATEST_DAYS = 366

pages = Blueprint("billing_runs", __name__, url_prefix=HERE, template_folder="templates")


@pages.get("")
@staff("invoices.view")
def overview() -> ResponseReturnValue:
    """
    List runs, with the form that starts a preview.
    """
    with database().read() as session:
        return _overview(session)


@pages.post("")
@staff("runs.manage")
def start() -> ResponseReturnValue:
    """
    Preview what would be billed until a day; asked twice, the same preview opens.
    """
    try:
        cut_off, partner_id = _day(request.form.get("on", "")), _partner(request.form.get("partner", ""))
        with database().begin() as session:
            run_id = start_billing_run(
                session, partner_id=partner_id, cut_off=cut_off, mode=Mode.PREVIEW, now=clock.now()
            ).id
    except Invalid as refusal:
        with database().read() as session:
            return _overview(session, ui.Form(request.form, refusal.errors)), 422
    return redirect(f"{HERE}/{run_id}", 303)


@pages.post("/clock/<hold_id>")
@staff("runs.manage")
def believe(hold_id: str) -> ResponseReturnValue:
    """
    Say that the date shown is right, so that clock work goes on; it concerns every partner.
    """
    if scope() is not None:
        raise NotAllowed(_("Your role does not allow this."), params={"permission": "runs.manage"})
    try:
        with database().begin() as session:
            confirm_clock(session, hold_id=hold_id, shown=_instant(request.form.get("shown", "")))
    except ClockMoved as refusal:
        with database().read() as session:
            return _overview(session, ui.Form({}, (), problem=refusal)), 409
    ui.toast(_("Clock work goes on."))
    return redirect(HERE, 303)


@pages.get("/<run_id>")
@staff("invoices.view")
def show(run_id: str) -> ResponseReturnValue:
    """
    Show a run: how far it is, and its accounts, those to look at first.
    """
    with database().read() as session:
        return _page(session, queries.one_run(session, run_id, scope=scope()))


@pages.get("/<run_id>/progress")
@staff("invoices.view")
def progress(run_id: str) -> ResponseReturnValue:
    """
    Show how far the run is; once it has ended, the page is read anew.
    """
    with database().read() as session:
        view = queries.one_run(session, run_id, scope=scope())
        if not queries.is_live(view.run):
            return redirect(f"{HERE}/{run_id}")
        return render_template("billing/run_progress.html", view=view, live=True)


@pages.post("/<run_id>/issue")
@staff("runs.manage")
def issue(run_id: str) -> ResponseReturnValue:
    """
    Issue what the preview showed; the number and the sum shown come along and must still hold.
    """
    try:
        with database().begin() as session:
            queries.one_run(session, run_id, scope=scope())
            run = confirm_billing_run(
                session,
                run_id=run_id,
                invoices=_number("invoices"),
                total_minor=_number("total_minor"),
                now=clock.now(),
            )
            issued = run.id
    except Conflict as refusal:
        return _again(run_id, refusal)
    return redirect(f"{HERE}/{issued}", 303)


@pages.post("/<run_id>/<any(stop, continue, retry):what>")
@staff("runs.manage")
def steer(run_id: str, what: str) -> ResponseReturnValue:
    """
    Halt the run, let it go on, or try again what failed.
    """
    act = {"stop": stop_billing_run, "continue": continue_billing_run, "retry": retry_failed_items}[what]
    try:
        with database().begin() as session:
            queries.one_run(session, run_id, scope=scope())
            act(session, run_id=run_id, now=clock.now())
    except Conflict as refusal:
        return _again(run_id, refusal)
    return redirect(f"{HERE}/{run_id}", 303)


@pages.post("/<run_id>/rate-again")
@staff("runs.manage")
def rate_one_again(run_id: str) -> ResponseReturnValue:
    """
    Compute one account of a preview again, after somebody put it right.
    """
    try:
        with database().begin() as session:
            queries.one_run(session, run_id, scope=scope())
            customer_id = request.form.get("customer", "")
            rate_again(session, run_id=run_id, customer_id=customer_id, now=clock.now())
    except Conflict as refusal:
        return _again(run_id, refusal)
    return redirect(f"{HERE}/{run_id}", 303)


def _overview(session: Session, form: ui.Form | None = None) -> str:
    partners = queries.partners_to_bill(session, scope=scope())
    first = min((day for _partner, _count, day in partners if day), default=None)
    values = {
        "on": (first or todays(session).within(scope())).isoformat(),
        "partner": partners[0][0].id if partners else "",
    }
    return render_template(
        "billing/runs.html",
        runs=queries.find_runs(session, scope=scope(), before=request.args.get("before")),
        partners=partners,
        form=form or ui.Form(values),
        page_size=queries.PAGE,
        hold=open_hold(session),
        may_believe=principal().may("runs.manage") and scope() is None,
    )


def _page(session: Session, view: RunView, problem: Refusal | None = None) -> str:
    counts = queries.counts_of(session, view)
    wanted = request.args.get("show", "")
    first = next((group for group in Group if counts[group]), Group.ALL)
    group = Group(wanted) if wanted in set(Group) else first
    return render_template(
        "billing/run.html",
        view=view,
        live=queries.is_live(view.run),
        group=group,
        counts=counts,
        rows=queries.rows_of(session, view, group, after=request.args.get("after", "")),
        page_size=queries.PAGE,
        may_manage=principal().may("runs.manage"),
        trail=trail_of(session, view.run.id, partner_ids=[view.run.partner_id]),
        form=ui.Form({}, (), problem=problem),
    )


def _again(run_id: str, refusal: Refusal) -> ResponseReturnValue:
    with database().read() as session:
        return _page(session, queries.one_run(session, run_id, scope=scope()), refusal), 409


def _number(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid(FieldError("#/on", "required", _("Enter the day to bill until"))) from None
    if abs((day - clock.today("UTC")).days) > LATEST_DAYS:
        raise Invalid(FieldError("#/on", "out_of_range", _("Choose a day at most a year away")))
    return day


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise NotFound from None


def _partner(partner_id: str) -> str:
    mine = scope()
    if not partner_id:
        raise Invalid(FieldError("#/partner", "required", _("Choose a partner")))
    if mine is not None and partner_id not in mine:
        raise NotFound
    return partner_id
