"""Support (P22-P24): ask, follow the thread, say that it is solved."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from portal_gateway.portal.caller import caller, signed_in, told, upstreams
from portal_gateway.portal.pages import part, ways
from shared import ui
from shared.errors import FieldError, Invalid, Refusal, Unavailable
from shared.ids import new_id
from shared.ui.formats import number

blueprint = Blueprint("portal_support", __name__, url_prefix="/portal")

LONGEST_SUBJECT = 150
LONGEST_MESSAGE = 10_000
CLOSED = frozenset({"resolved", "closed"})
RECEIVED = "idempotency_key_reused"


class AlreadySent(Refusal, code=RECEIVED, title="We have this already"):
    """
    Another text came with the same key: the answer to the first was lost, the first was not.
    """


@blueprint.get("/support")
@signed_in
def support_page() -> ResponseReturnValue:
    """
    List the customer's cases.
    """
    shown = told(lambda: upstreams().tickets.tickets(caller(), **part()))
    return render_template("portal/support.html", shown=shown, ways=ways(shown) if shown else {})


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
        return _new(_again(refusal), _status(refusal))
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
        return _thread(ticket_id, _again(refusal), _status(refusal))
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
    known = told(lambda: upstreams().tickets.types(caller()))
    types = [(each["id"], each["label"]) for each in known or ()]
    page = render_template("portal/support_new.html", form=form, types=types, key=_key(form))
    return page, status


def _thread(ticket_id: str, form: ui.Form, status: int = 200) -> ResponseReturnValue:
    try:
        ticket = upstreams().tickets.ticket(caller(), ticket_id)
    except Unavailable:
        if not form.failed:
            raise
        ticket = None  # what was written is worth more than the page around it
    closed = ticket is not None and ticket["status"] in CLOSED
    page = render_template(
        "portal/thread.html", ticket=ticket, ticket_id=ticket_id, closed=closed, form=form, key=_key(form)
    )
    return page, status


def _key(form: ui.Form) -> str:
    # Pressing again means the same message, unless the first one is known to have arrived.
    received = form.problem is not None and form.problem.code == RECEIVED
    return new_id("key") if received else request.form.get("key", "")[:200] or new_id("key")


def _status(refusal: Refusal) -> int:
    return 422 if isinstance(refusal, Invalid) else 503 if isinstance(refusal, Unavailable) else 409


def _errors(longest: dict[str, int]) -> list[FieldError]:
    words = {
        "subject": _("Enter what it is about."),
        "message": _("Enter your message."),
        "body": _("Enter your reply."),
    }
    given = {name: request.form.get(name, "") for name in longest}
    missing = [
        FieldError(f"#/{name}", "required", words[name]) for name in longest if not given[name].strip()
    ]
    too_long = [
        FieldError(f"#/{name}", "too_long", _("Use at most %(most)s characters.", most=number(most)))
        for name, most in longest.items()
        if len(given[name]) > most
    ]
    return missing + too_long


def _again(refusal: Refusal) -> ui.Form:
    errors = getattr(refusal, "errors", ())
    if refusal.code == RECEIVED:
        refusal = AlreadySent(
            _("We have what you sent first. Look at it under Support before you send this, too.")
        )
    return ui.Form(request.form, errors, problem=None if errors else refusal)
