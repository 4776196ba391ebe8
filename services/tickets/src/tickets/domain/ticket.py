"""
What a ticket may be and what moves it.

Statuses move by themselves (rules 2.10): created New, customer wrote Waiting on agent, agent wrote Waiting on
customer, closed Resolved, reopened Work in progress. An agent may also set any status by hand.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict, FieldError

REOPEN_WITHIN = timedelta(days=14)
LONGEST_SUBJECT = 150
LONGEST_MESSAGE = 10_000


class Status(StrEnum):
    """
    Where a ticket stands.
    """

    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    WAITING_ON_AGENT = "waiting_on_agent"
    RESOLVED = "resolved"


class Type(StrEnum):
    """
    What a ticket is about; orders are opened by the system only, plan changes by asking for one.
    """

    QUESTION = "question"
    INCIDENT = "incident"
    PROBLEM = "problem"
    FEATURE_REQUEST = "feature_request"
    ORDER = "order"
    PLAN_CHANGE = "plan_change"


class ChangeState(StrEnum):
    """
    What became of the plan change a ticket asks for.
    """

    ASKED = "asked"
    BOOKED = "booked"
    APPLIED = "applied"
    FAILED = "failed"


class Priority(StrEnum):
    """
    How much it matters.
    """

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    URGENT = "urgent"


class Source(StrEnum):
    """
    Where a ticket came from.
    """

    ADMINISTRATION = "administration"
    PORTAL = "portal"
    ORDER = "order"


class Author(StrEnum):
    """
    Who wrote a message.
    """

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


class Message(StrEnum):
    """
    What a message is: a reply and a notice are for both sides, a note and a change for agents only.
    """

    REPLY = "reply"
    NOTE = "note"
    NOTICE = "notice"
    CHANGE = "change"


PUBLIC = frozenset({Message.REPLY, Message.NOTICE})
OPEN = frozenset(Status) - {Status.RESOLVED}
ASKABLE = tuple(kind for kind in Type if kind not in (Type.ORDER, Type.PLAN_CHANGE))

AGENT_LABELS = {
    Status.NEW: "New",
    Status.IN_PROGRESS: "Work in progress",
    Status.WAITING_ON_CUSTOMER: "Waiting on customer",
    Status.WAITING_ON_AGENT: "Waiting on agent",
    Status.RESOLVED: "Resolved",
}
CUSTOMER_LABELS = {
    Status.NEW: "With us",
    Status.IN_PROGRESS: "With us",
    Status.WAITING_ON_CUSTOMER: "Your turn",
    Status.WAITING_ON_AGENT: "With us",
    Status.RESOLVED: "Solved",
}
TYPE_LABELS = {
    Type.QUESTION: "Question",
    Type.INCIDENT: "Incident",
    Type.PROBLEM: "Problem",
    Type.FEATURE_REQUEST: "Feature request",
    Type.ORDER: "Order",
    Type.PLAN_CHANGE: "Plan change",
}
PRIORITY_LABELS = {
    Priority.LOW: "Low",
    Priority.MEDIUM: "Medium",
    Priority.HIGH: "High",
    Priority.URGENT: "Urgent",
}


class TicketClosed(Conflict, code="ticket_closed", title="This ticket is closed"):
    """
    A closed ticket takes no replies; it can be reopened for 14 days.
    """


class TicketOpen(Conflict, code="ticket_open", title="This ticket is open"):
    """
    Only a closed ticket can be reopened.
    """


class TooLateToReopen(Conflict, code="reopen_too_late", title="This ticket was closed too long ago"):
    """
    After 14 days a new ticket is clearer than an old one.
    """


def after_reply(status: Status, by: Author) -> Status:
    """
    Return the status once *by* has written.

    :raises TicketClosed: if it is closed
    """
    if status is Status.RESOLVED:
        raise TicketClosed
    return Status.WAITING_ON_AGENT if by is Author.CUSTOMER else Status.WAITING_ON_CUSTOMER


def after_reopening(status: Status, *, closed_at: datetime | None, now: datetime) -> Status:
    """
    Return the status once it is reopened.

    :raises TicketOpen: if it is not closed
    :raises TooLateToReopen: if it was closed more than 14 days ago
    """
    if status is not Status.RESOLVED:
        raise TicketOpen
    if closed_at is not None and now - closed_at > REOPEN_WITHIN:
        raise TooLateToReopen
    return Status.IN_PROGRESS


def problems(*, message: str, subject: str | None = None, field: str = "message") -> list[FieldError]:
    """
    Return what is wrong with the words somebody wrote.

    *subject* None means there is no such field; *field* is what the message is called where it was written.
    """
    found = [] if subject is None else _about_subject(subject)
    if not message.strip():
        found.append(FieldError(f"#/{field}", "required", "Write a message."))
    if len(message) > LONGEST_MESSAGE:
        found.append(FieldError(f"#/{field}", "too_long", "Use at most 10,000 characters."))
    return found


def _about_subject(subject: str) -> list[FieldError]:
    if not subject.strip():
        return [FieldError("#/subject", "required", "Enter a subject.")]
    if len(subject) > LONGEST_SUBJECT:
        return [FieldError("#/subject", "too_long", "Use at most 150 characters.")]
    return []
