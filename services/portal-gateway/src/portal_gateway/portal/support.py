"""Support (P22-P24): ask, follow the thread, say that it is solved."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.portal.caller import caller, signed_in, upstreams
from shared import ui
from shared.errors import FieldError, Invalid, Refusal
from shared.ids import new_id

blueprint = Blueprint("portal_support", __name__, url_prefix="/portal")

LONGEST_SUBJECT = 200
LONGEST_MESSAGE = 10_000
CLOSED = frozenset({"resolved", "closed"})


@blueprint.get("/support")
@signed_in
def support_page() -> ResponseReturnValue:
    """
    List the customer's cases.
    """
    return render_template("portal/support.html", tickets=upstreams().tickets.tickets(caller())["items"])


@blueprint.get("/support/new")
@signed_in
def new_page() -> ResponseReturnValue:
    """
    Show the form for a new case.
    """
    prefilled = {
        "type": "question",
        "subject": request.args.get("subject", "")[:LONGEST_SUBJECT],
        "message": request.args.get("message", "")[:LONGEST_MESSAGE],
    }
    return _new(ui.Form(prefilled))


@blueprint.post("/support/new")
@signed_in
def open_ticket() -> ResponseReturnValue:
    """
    Open a case.
    """
    errors = _errors({"subject": LONGEST_SUBJECT, "message": LONGEST_MESSAGE})
    if errors:
        return _new(ui.Form(request.form, errors), 422)
    body = {name: request.form.get(name, "") for name in ("type", "subject", "message")}
    try:
        ticket = upstreams().tickets.open(caller(), body=body, key=request.form.get("key", "")[:200] or None)
    except Refusal as refusal:
        return _new(_again(refusal), 422 if isinstance(refusal, Invalid) else 503)
    ui.toast(_("Request #%(number)s sent. We answer under Support.", number=ticket["number"]))
    return redirect(f"/portal/support/{ticket['id']}", 303)


@blueprint.get("/support/<ticket_id>")
@signed_in
def thread_page(ticket_id: str) -> ResponseReturnValue:
    """
    Show a case with its messages.
    """
    return _thread(ticket_id, ui.Form({}))


@blueprint.post("/support/<ticket_id>/messages")
@signed_in
def reply(ticket_id: str) -> ResponseReturnValue:
    """
    Reply.
    """
    errors = _errors({"body": LONGEST_MESSAGE})
    if errors:
        return _thread(ticket_id, ui.Form(request.form, errors), 422)
    key = request.form.get("key", "")[:200] or None
    try:
        upstreams().tickets.reply(caller(), ticket_id, text=request.form["body"], key=key)
    except Refusal as refusal:
        return _thread(ticket_id, _again(refusal), 422)
    ui.toast(_("Sent."))
    return redirect(f"/portal/support/{ticket_id}", 303)


@blueprint.post("/support/<ticket_id>/closures")
@signed_in
def close(ticket_id: str) -> ResponseReturnValue:
    """
    Say that it is solved.
    """
    upstreams().tickets.close(caller(), ticket_id)
    ui.toast(_("Closed."), undo=f"/portal/support/{ticket_id}/reopenings")
    return redirect(f"/portal/support/{ticket_id}", 303)


@blueprint.post("/support/<ticket_id>/reopenings")
@signed_in
def reopen(ticket_id: str) -> ResponseReturnValue:
    """
    Say that it is not solved after all.
    """
    upstreams().tickets.reopen(caller(), ticket_id)
    ui.toast(_("Open again."))
    return redirect(f"/portal/support/{ticket_id}", 303)


def _new(form: ui.Form, status: int = 200) -> ResponseReturnValue:
    types = [(each["id"], each["label"]) for each in upstreams().tickets.types(caller())]
    page = render_template("portal/support_new.html", form=form, types=types, key=new_id("key"))
    return page, status


def _thread(ticket_id: str, form: ui.Form, status: int = 200) -> ResponseReturnValue:
    ticket = upstreams().tickets.ticket(caller(), ticket_id)
    closed = ticket["status"] in CLOSED
    page = render_template("portal/thread.html", ticket=ticket, closed=closed, form=form, key=new_id("key"))
    return page, status


def _errors(longest: dict[str, int]) -> list[FieldError]:
    words = {
        "subject": _("Enter what it is about."),
        "message": _("Enter your message."),
        "body": _("Enter your reply."),
    }
    return [
        FieldError(f"#/{name}", "required", words[name])
        for name, most in longest.items()
        if not 0 < len(request.form.get(name, "").strip()) <= most
    ]


def _again(refusal: Refusal) -> ui.Form:
    errors = getattr(refusal, "errors", ())
    return ui.Form(request.form, errors, problem=None if errors else refusal)
