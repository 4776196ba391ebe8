"""
The page "Stuck events" of every admin UI: facts a handler could not take, with the error and what they said.

*Replay* tries one again at once; *Discard* counts it as done without its effect, and says who decided so.
"""

import json

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext, lazy_gettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from shared.bus import inbox
from shared.errors import FieldError
from shared.ui import Form, toast
from shared.web.staff import staff
from shared.web.wiring import database, wired

LONGEST_REASON = 200

pages = Blueprint("stuck_events", __name__)


@pages.get("/stuck-events")
@staff("events.view")
def show() -> str:
    """
    List what is parked or being tried again.
    """
    return _page(Form())


@pages.post("/stuck-events/<event_id>/replay")
@staff("events.manage")
def replay(event_id: str) -> Response:
    """
    Try one again now.
    """
    with database().begin() as session:
        inbox.replay(session, event_id, consumer=request.form.get("consumer"))
    toast(gettext("It is being tried again."))
    return redirect(_home(), 303)


@pages.post("/stuck-events/<event_id>/discard")
@staff("events.manage")
def discard(event_id: str) -> Response | tuple[str, int]:
    """
    Give one up, for a reason.
    """
    reason = request.form.get("reason", "").strip()
    errors = _wrong_with(reason)
    if errors:
        return _page(Form(request.form, errors, prefix=f"{event_id}-")), 422
    with database().begin() as session:
        inbox.discard(session, event_id, reason, consumer=request.form.get("consumer"))
    toast(gettext("Discarded. Nothing was changed by it."))
    return redirect(_home(), 303)


def count() -> int:
    """
    Return how many facts wait for a person.
    """
    parked = inbox.inbox.c.state == inbox.State.PARKED
    with database().read() as session:
        return session.scalar(select(func.count()).select_from(inbox.inbox).where(inbox.OPEN, parked)) or 0


def readable(stuck: inbox.Stuck) -> str:
    """
    Return what the fact said, laid out for reading.
    """
    try:
        return json.dumps(json.loads(stuck.text), indent=2, ensure_ascii=False)
    except ValueError:
        return stuck.text


def _wrong_with(reason: str) -> list[FieldError]:
    if not reason:
        return [FieldError("#/reason", "required", gettext("Say why it is discarded."))]
    if len(reason) > LONGEST_REASON:
        return [FieldError("#/reason", "too_long", gettext("Use up to 200 characters."))]
    return []


def _page(form: Form) -> str:
    with database().read() as session:
        found = inbox.stuck(session)
    page = {"title": lazy_gettext("Stuck events"), "nav": "stuck"}
    return render_template(
        "web/stuck_events.html", page=page, found=found, form=form, readable=readable, home=_home()
    )


def _home() -> str:
    return f"/admin/{wired().service}/stuck-events"
