"""
Move everybody on one plan to another (B4): choose, preview, confirm, result.

Prices are worked out by the worker, so the preview fills itself; nothing happens before the count is right.
"""

from datetime import date

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from billing.admin.shell import PREFIX, scope
from billing.domain.change import BulkStatus
from billing.queries import bulk_changes as queries
from billing.queries.days import todays
from billing.queries.trail import trail_of
from billing.usecases.confirm_bulk_change import confirm_bulk_change, retry_bulk_change
from billing.usecases.start_bulk_change import BulkWish, start_bulk_change
from billing.usecases.withdraw_bulk_change import withdraw_bulk_change
from shared import clock, ui
from shared.errors import FieldError, Invalid, Refusal
from shared.web.access import principal, staff
from shared.web.app import database

pages = Blueprint(
    "billing_bulk_changes", __name__, url_prefix=f"{PREFIX}/bulk-changes", template_folder="templates"
)

STATUSES = {
    BulkStatus.DRAFT: (_l("Preview"), "wait"),
    BulkStatus.CONFIRMED: (_l("In progress"), "info"),
    BulkStatus.FINISHED: (_l("Done"), "ok"),
    BulkStatus.WITHDRAWN: (_l("Taken back"), "idle"),
}
ROWS = {
    "unpriced": (_l("Pricing"), "wait"),
    "waiting": (_l("Will change"), "info"),
    "refused": (_l("Left out"), "warn"),
    "done": (_l("Success"), "ok"),
    "failed": (_l("Failed"), "bad"),
    "withdrawn": (_l("Taken back"), "idle"),
}


@pages.get("")
@staff("orders.view")
def browse() -> ResponseReturnValue:
    """
    List the changes of many.
    """
    with database().read() as session:
        found = queries.bulks(session, scope=scope())
        names = {each.id: each for each in queries.plans(session, scope=scope())}
        return render_template(
            "billing/bulk_changes.html",
            found=found,
            names=names,
            statuses=STATUSES,
            may=principal().may("settings.edit"),
        )


@pages.get("/new")
@staff("settings.edit")
def new() -> ResponseReturnValue:
    """
    Ask from which plan to which, and from when.
    """
    with database().read() as session:
        today = todays(session).within(scope()).isoformat()
    plan_id = request.args.get("plan", "")
    return _new(ui.Form({"from_plan_id": plan_id, "effective_on": today, "ignore_balance": ""}))


@pages.post("/new")
@staff("settings.edit")
def start() -> ResponseReturnValue:
    """
    Draft the change and lead to its preview.
    """
    try:
        wish = _wish()
        with database().begin() as session:
            bulk = start_bulk_change(session, wish, partner_ids=scope(), now=clock.now())
    except Invalid as refusal:
        return _new(ui.Form(request.form, refusal.errors), 422)
    return redirect(f"{PREFIX}/bulk-changes/{bulk.id}", 303)


@pages.get("/<bulk_id>")
@staff("orders.view")
def show(bulk_id: str) -> ResponseReturnValue:
    """
    Show preview, progress or result.
    """
    return _one(bulk_id, ui.Form({}))


@pages.post("/<bulk_id>/confirmations")
@staff("settings.edit")
def confirm(bulk_id: str) -> ResponseReturnValue:
    """
    Change everybody who has a price, if the count is right.
    """
    given = request.form.get("count", "").strip()
    count = int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else -1
    try:
        with database().begin() as session:
            confirm_bulk_change(session, bulk_id=bulk_id, count=count, scope=scope(), now=clock.now())
    except Invalid as refusal:
        return _one(bulk_id, ui.Form(request.form, refusal.errors), 422)
    except Refusal as refusal:
        return _one(bulk_id, ui.Form(request.form, problem=refusal), 409)
    ui.toast(_("Confirmed. The changes are being booked."))
    return redirect(f"{PREFIX}/bulk-changes/{bulk_id}", 303)


@pages.post("/<bulk_id>/retries")
@staff("settings.edit")
def retry(bulk_id: str) -> ResponseReturnValue:
    """
    Try what failed again, at the prices shown.
    """
    try:
        with database().begin() as session:
            count = retry_bulk_change(session, bulk_id=bulk_id, scope=scope(), now=clock.now())
    except Refusal as refusal:
        return _one(bulk_id, ui.Form({}, problem=refusal), 409)
    ui.toast(ngettext("%(num)d row is tried again.", "%(num)d rows are tried again.", count))
    return redirect(f"{PREFIX}/bulk-changes/{bulk_id}", 303)


@pages.post("/<bulk_id>/withdrawals")
@staff("settings.edit")
def withdraw(bulk_id: str) -> ResponseReturnValue:
    """
    Undo what is booked and not made yet.
    """
    undone, made = withdraw_bulk_change(database(), bulk_id=bulk_id, scope=scope(), now=clock.now())
    words = ngettext("%(num)d change was undone.", "%(num)d changes were undone.", undone)
    if made:
        words += " " + ngettext("%(num)d had been made already.", "%(num)d had been made already.", made)
    ui.toast(words)
    return redirect(f"{PREFIX}/bulk-changes/{bulk_id}", 303)


def _wish() -> BulkWish:
    given = request.form
    try:
        effective_on = date.fromisoformat(given.get("effective_on", ""))
    except ValueError:
        wrong = FieldError("#/effective_on", "format", _("Enter a date."))
        raise Invalid(wrong) from None
    return BulkWish(
        from_plan_id=given.get("from_plan_id", ""),
        to_plan_id=given.get("to_plan_id", ""),
        effective_on=effective_on,
        ignore_balance="ignore_balance" in given,
    )


def _new(form: ui.Form, status: int = 200) -> ResponseReturnValue:
    with database().read() as session:
        choices = queries.plans(session, scope=scope())
    return render_template("billing/bulk_change_new.html", form=form, choices=choices), status


def _one(bulk_id: str, form: ui.Form, status: int = 200) -> ResponseReturnValue:
    only = request.args.get("rows", "")
    with database().read() as session:
        bulk = queries.find_bulk(session, bulk_id, scope=scope())
        page = render_template(
            "billing/bulk_change.html",
            bulk=bulk,
            before=queries.plan_choice(session, bulk.from_plan_id, scope=scope()),
            after=queries.plan_choice(session, bulk.to_plan_id, scope=scope()),
            totals=queries.totals(session, bulk),
            rows=queries.rows_of(session, bulk_id, only=only),
            trail=trail_of(session, bulk_id, partner_ids=queries.partners_of(session, bulk_id)),
            only=only,
            form=form,
            may=principal().may("settings.edit"),
            statuses=STATUSES,
            row_words=ROWS,
            most=queries.MOST_ROWS,
            here=f"{PREFIX}/bulk-changes/{bulk_id}",
        )
    return page, status
