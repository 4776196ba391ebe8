"""The list of tickets, narrowed by what the address says."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import lazy_gettext as _

from shared.ui import Form
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.fields import after
from tickets import queries
from tickets.admin import words
from tickets.domain import place
from tickets.domain.ticket import OPEN, Status, Type
from tickets.queries import PAGE, Filters

blueprint = Blueprint("queue", __name__, url_prefix="/admin/tickets", template_folder="templates")

ALL = "all"
NARROWING = ("status", "type", "assignee", "q")
VIEWS: tuple[tuple[str, Any, dict[str, Any]], ...] = (
    ("open", _("All open"), {}),
    ("mine", _("Mine"), {"assignee": "me"}),
    ("unassigned", _("Unassigned"), {"assignee": "nobody"}),
    ("waiting", _("Waiting on agent"), {"status": Status.WAITING_ON_AGENT.value}),
    ("orders", _("Orders"), {"type": Type.ORDER.value}),
    ("resolved", _("Resolved"), {"status": Status.RESOLVED.value}),
)


@blueprint.get("/")
@staff("tickets.view")
def show() -> str:
    """
    Show a page of tickets, last touched first.
    """
    scope, filters = words.staff_scope(), _filters()
    with database().read() as session:
        rows = queries.tickets(session, scope=scope, filters=filters, limit=PAGE + 1)
        return render_template(
            "tickets/queue.html",
            rows=rows[:PAGE],
            older=words.older(rows),
            newest=_first_page() if filters.after else None,
            agents=_agents(queries.agents(session, scope=scope)),
            form=Form(request.args),
            chips=_chips(),
            view=_view(),
            narrowed=any(request.args.get(name) for name in NARROWING),
            may_reply=principal().may("tickets.reply"),
            words=words,
        )


def _filters() -> Filters:
    status, kind = request.args.get("status", ""), request.args.get("type", "")
    assignee = request.args.get("assignee", "")
    return Filters(
        statuses=_statuses(status),
        type=Type(kind) if kind in set(Type) else None,
        assignee_id=principal().id if assignee == "me" else assignee if assignee != "nobody" else "",
        unassigned=assignee == "nobody",
        search=request.args.get("q", ""),
        after=place.read(after(request.args.get("cursor"))),
    )


def _statuses(status: str) -> frozenset[Status]:
    if status in set(Status):
        return frozenset({Status(status)})
    # A search looks everywhere: whoever types a number wants that ticket, solved or not.
    return frozenset() if status == ALL or request.args.get("q") else OPEN


def _chips() -> list[tuple[str, Any, str, None]]:
    return [(key, title, url_for("queue.show", **narrowing), None) for key, title, narrowing in VIEWS]


def _view() -> str:
    asked = _asked()
    return next((key for key, _title, narrowing in VIEWS if narrowing == asked), "")


def _agents(known: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (id_, name) for id_, name in sorted(known.items(), key=lambda pair: pair[1]) if id_ != principal().id
    ]


def _first_page() -> str:
    return url_for("queue.show", **_asked())


def _asked() -> dict[str, Any]:
    return {name: value for name in NARROWING if (value := request.args.get(name))}
