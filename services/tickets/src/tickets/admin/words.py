"""What things of tickets are called on their pages, and how many choices there are."""

from typing import Any

from flask_babel import lazy_gettext as _

from shared.errors import Conflict, FieldError, Invalid, Refusal
from shared.ui import Form
from shared.ui.formats import said
from shared.web.access import principal
from shared.web.fields import page
from tickets.domain import place
from tickets.domain.ticket import ChangeState, Priority, Status, Type
from tickets.queries import PAGE, Row, Scope
from tickets.queries.words import subject_of as subject_of

STATUSES = {
    Status.NEW: _("New"),
    Status.IN_PROGRESS: _("Work in progress"),
    Status.WAITING_ON_CUSTOMER: _("Waiting on customer"),
    Status.WAITING_ON_AGENT: _("Waiting on agent"),
    Status.RESOLVED: _("Resolved"),
}
TYPES = {
    Type.QUESTION: _("Question"),
    Type.INCIDENT: _("Incident"),
    Type.PROBLEM: _("Problem"),
    Type.FEATURE_REQUEST: _("Feature request"),
    Type.ORDER: _("Order"),
    Type.PLAN_CHANGE: _("Plan change"),
}
CHANGES = {
    ChangeState.ASKED: _("Asked for"),
    ChangeState.BOOKED: _("Booked"),
    ChangeState.APPLIED: _("Applied"),
    ChangeState.FAILED: _("Failed"),
}
CHANGE_TONES = {
    ChangeState.ASKED: "warn",
    ChangeState.BOOKED: "info",
    ChangeState.APPLIED: "good",
    ChangeState.FAILED: "bad",
}
PRIORITIES = {
    Priority.LOW: _("Low"),
    Priority.MEDIUM: _("Medium"),
    Priority.HIGH: _("High"),
    Priority.URGENT: _("Urgent"),
}
# The rules speak English, as they know no screens; these are their sentences, for the catalogues.
SAID_BY_RULES = (
    _("Enter a subject."),
    _("Use at most 150 characters."),
    _("Write a message."),
    _("Use at most 10,000 characters."),
    _("Start again from the first page."),
    _("This ticket is open"),
    _("This ticket was closed too long ago"),
    _("Somebody else changed this ticket"),
    _("There is something new in this ticket"),
    _("Read what was written meanwhile, then send your reply again."),
    _("There is no such ticket"),
    _("There is no such customer"),
)

TONES = {Priority.LOW: "idle", Priority.MEDIUM: "info", Priority.HIGH: "warn", Priority.URGENT: "bad"}


def options(titles: dict[Any, Any]) -> list[tuple[str, Any]]:
    """
    Return *titles* as a select wants them.
    """
    return [(item.value, title) for item, title in titles.items()]


def older(rows: list[Row]) -> str | None:
    """
    Return the address of the next page, when one row more than a page was found.
    """
    found = page(rows, limit=PAGE, key=lambda row: place.written(row.ticket.updated_at, row.ticket.id))
    return found.get("next")


def staff_scope() -> Scope:
    """
    Return whose tickets the present member of staff may see.
    """
    return Scope(partner_ids=principal().partner_ids)


def form_again(values: Any, refusal: Refusal, *, prefix: str = "f-") -> Form:
    """
    Return the form somebody sent, with what is wrong with it in their language.
    """
    if isinstance(refusal, Invalid):
        errors = [FieldError(error.pointer, error.code, said(error.detail)) for error in refusal.errors]
        return Form(values, errors, prefix=prefix)
    return Form(values, prefix=prefix, problem=Conflict(said(refusal.detail)))
