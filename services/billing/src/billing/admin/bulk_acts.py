"""
Do one thing to many bills, payments or orders (A6, C3, C4): choose in a list, see everybody, confirm, result.
"""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy.orm import Session

from billing.admin.document_filter import filter_query, wanted_of
from billing.admin.forms import form_id
from billing.admin.shell import PREFIX, scope
from billing.domain.change import BulkStatus
from billing.domain.many import Act
from billing.queries import bulk_acts as queries
from billing.queries.bulk_changes import MOST_ROWS
from billing.queries.trail import trail_of
from billing.usecases.confirm_bulk_act import charge_any_card, confirm_bulk_act, retry_bulk_act
from billing.usecases.start_bulk_act import ActWish, start_bulk_act
from shared import clock, ui
from shared.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.zips import zip_answer

HERE = f"{PREFIX}/bulk-acts"

pages = Blueprint("billing_bulk_acts", __name__, url_prefix=HERE, template_folder="templates")

ACTS = {
    Act.SEND: (_l("Send bills again"), "invoices"),
    Act.CHARGE: (_l("Charge bills by card"), "invoices"),
    Act.RETRY: (_l("Try payments again"), "payments"),
    Act.APPROVE: (_l("Approve orders"), "orders"),
    Act.PRINT: (_l("PDFs of bills"), "invoices"),
}
# Who may look, and who may act: whoever approves one order may approve many.
MONEY = ("payments.view", "payments.record")
LOOK, DO = 0, 1
NEEDED = {
    Act.APPROVE: ("orders.view", "orders.approve"),
    Act.PRINT: ("invoices.view", "invoices.view"),
}
STATUSES = {
    BulkStatus.DRAFT: (_l("Preview"), "wait"),
    BulkStatus.CONFIRMED: (_l("In progress"), "info"),
    BulkStatus.FINISHED: (_l("Done"), "ok"),
}
ROWS = {
    "unpriced": (_l("Being looked at"), "wait"),
    "waiting": (_l("Will be done"), "info"),
    "refused": (_l("Left out"), "warn"),
    "done": (_l("Done"), "ok"),
    "failed": (_l("Failed"), "bad"),
}


@pages.get("")
@staff()
def browse() -> ResponseReturnValue:
    """
    List what was done to many.
    """
    with database().read() as session:
        found = queries.acts(session, scope=scope(), kinds=[act for act in Act if _may(act, LOOK)])
        return render_template("billing/bulk_acts.html", found=found, acts=ACTS, statuses=STATUSES)


@pages.post("")
@staff()
def start() -> ResponseReturnValue:
    """
    Draft it and lead to its preview; nothing happens yet.
    """
    try:
        act = _act(request.form.get("act", ""))
        _permit(act, DO)
        wish = ActWish(
            id=form_id("act"),
            act=act,
            wanted=wanted_of(request.form),
            chosen=request.form.getlist("chosen"),
        )
        with database().begin() as session:
            bulk_id = start_bulk_act(session, wish, scope=scope(), now=clock.now()).id
    except Invalid as refusal:
        return _not_started(refusal)
    return redirect(f"{HERE}/{bulk_id}", 303)


@pages.get("/<bulk_id>")
@staff()
def show(bulk_id: str) -> ResponseReturnValue:
    """
    Show preview, progress or result.
    """
    return _one(bulk_id)


@pages.get("/<bulk_id>/invoices.zip")
@staff("invoices.view")
def printed(bulk_id: str) -> ResponseReturnValue:
    """
    Give the printed bills as one file.
    """
    with database().read() as session:
        bulk = queries.find_act(session, bulk_id, scope=scope())
        if bulk.status is not BulkStatus.FINISHED or not queries.has_papers(session, bulk_id):
            raise NotFound
    return zip_answer(f"invoices-{bulk_id[-8:]}.zip", queries.papers_of(database(), bulk_id))


@pages.post("/<bulk_id>/confirmations")
@staff()
def confirm(bulk_id: str) -> ResponseReturnValue:
    """
    Do it; the number and the sums shown come along and must still hold.
    """
    mark = request.form.get("mark", "")
    try:
        with database().begin() as session:
            _permitted(session, bulk_id)
            confirm_bulk_act(session, bulk_id=bulk_id, mark=mark, scope=scope(), now=clock.now())
    except Conflict as refusal:
        return _one(bulk_id, refusal)
    ui.toast(_("Confirmed. It is being done."))
    return redirect(f"{HERE}/{bulk_id}", 303)


@pages.post("/<bulk_id>/any-card")
@staff()
def any_card(bulk_id: str) -> ResponseReturnValue:
    """
    Take in those whose cards are not charged unasked.
    """
    try:
        with database().begin() as session:
            _permitted(session, bulk_id)
            charge_any_card(session, bulk_id=bulk_id, scope=scope(), now=clock.now())
    except Conflict as refusal:
        return _one(bulk_id, refusal)
    return redirect(f"{HERE}/{bulk_id}", 303)


@pages.post("/<bulk_id>/retries")
@staff()
def retry(bulk_id: str) -> ResponseReturnValue:
    """
    Try what failed again, at the amounts shown.
    """
    try:
        with database().begin() as session:
            _permitted(session, bulk_id)
            count = retry_bulk_act(session, bulk_id=bulk_id, scope=scope(), now=clock.now())
    except Conflict as refusal:
        return _one(bulk_id, refusal)
    ui.toast(ngettext("%(num)d row is tried again.", "%(num)d rows are tried again.", count))
    return redirect(f"{HERE}/{bulk_id}", 303)


def _may(act: Act, what: int) -> bool:
    return principal().may(NEEDED.get(act, MONEY)[what])


def _permit(act: Act, what: int) -> None:
    if not _may(act, what):
        raise NotAllowed(
            _("Your role does not allow this."), params={"permission": NEEDED.get(act, MONEY)[what]}
        )


def _permitted(session: Session, bulk_id: str) -> None:
    _permit(queries.find_act(session, bulk_id, scope=scope()).act, DO)


def _act(text: str) -> Act:
    try:
        return Act(text)
    except ValueError:
        raise Invalid(FieldError("#/act", "required", _("Choose what to do"))) from None


def _not_started(refusal: Invalid) -> ResponseReturnValue:
    known = request.form.get("act", "")
    folder = ACTS[Act(known)][1] if known in set(Act) else "invoices"
    back = f"{PREFIX}/{folder}?{filter_query(request.form)}"
    return render_template("billing/bulk_act_refused.html", form=ui.Form({}, refusal.errors), back=back), 422


def _one(bulk_id: str, problem: Conflict | None = None) -> ResponseReturnValue:
    only = request.args.get("rows", "")
    with database().read() as session:
        bulk = queries.find_act(session, bulk_id, scope=scope())
        _permit(bulk.act, LOOK)
        partner_ids = queries.partners_of(session, bulk_id)
        page = render_template(
            "billing/bulk_act.html",
            bulk=bulk,
            title=ACTS[bulk.act][0],
            folder=ACTS[bulk.act][1],
            totals=queries.act_totals(session, bulk_id),
            rows=queries.act_rows(session, bulk_id, only=only),
            trail=trail_of(session, bulk_id, partner_ids=partner_ids),
            only=only,
            problem=problem,
            may=_may(bulk.act, DO),
            statuses=STATUSES,
            row_words=ROWS,
            most=MOST_ROWS,
            here=f"{HERE}/{bulk_id}",
            printed=queries.has_papers(session, bulk_id),
        )
    return page, 409 if problem else 200
