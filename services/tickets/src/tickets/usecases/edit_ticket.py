"""Set what an agent may set by hand: status, priority, type and assignee."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from shared.errors import Conflict
from tickets.domain import ticket as rules
from tickets.models import Ticket
from tickets.queries import Scope, ticket
from tickets.usecases.close_ticket import resolve
from tickets.usecases.reopen_ticket import tell_reopened
from tickets.usecases.write_message import write_message


class TicketChanged(Conflict, code="ticket_changed", title="Somebody else changed this ticket"):
    """
    The ticket has a newer version than the one the editor started from.
    """


@dataclass(frozen=True, kw_only=True)
class Properties:
    """
    What can be set; *assignee_id* None is nobody.
    """

    status: rules.Status
    priority: rules.Priority
    type: rules.Type
    assignee_id: str | None
    assignee_name: str = ""


def edit_ticket(
    session: Session,
    *,
    ticket_id: str,
    scope: Scope,
    seen_version: int,
    properties: Properties,
    author: str,
    now: datetime,
) -> Ticket:
    """
    Set the properties and write down what changed, for agents; nothing happens when nothing differs.

    :raises TicketNotFound: if there is none within *scope*
    :raises TicketChanged: if *seen_version* is not the newest
    """
    found = ticket(session, ticket_id, scope=scope, lock=True)
    changes = _changes(found, properties)
    if not changes:
        return found
    if found.version != seen_version:
        raise TicketChanged
    write_message(
        session,
        found,
        kind=rules.Message.CHANGE,
        by=rules.Author.AGENT,
        author=author,
        body="\n".join(changes),
        now=now,
    )
    _apply(session, found, properties, now)
    return found


def _changes(found: Ticket, wanted: Properties) -> list[str]:
    told = [
        ("Status", rules.AGENT_LABELS[found.status], rules.AGENT_LABELS[wanted.status]),
        ("Priority", rules.PRIORITY_LABELS[found.priority], rules.PRIORITY_LABELS[wanted.priority]),
        ("Type", rules.TYPE_LABELS[found.type], rules.TYPE_LABELS[wanted.type]),
    ]
    changes = [f"{what}: {old} → {new}" for what, old, new in told if old != new]
    if found.assignee_id != wanted.assignee_id:
        changes.append(f"Assigned: {found.assignee_name or 'nobody'} → {wanted.assignee_name or 'nobody'}")
    return changes


def _apply(session: Session, found: Ticket, wanted: Properties, now: datetime) -> None:
    found.priority, found.type = wanted.priority, wanted.type
    found.assignee_id, found.assignee_name = wanted.assignee_id, wanted.assignee_name
    if wanted.status is rules.Status.RESOLVED and found.status is not rules.Status.RESOLVED:
        resolve(session, found, now=now)
        return
    reopened = found.status is rules.Status.RESOLVED and wanted.status is not rules.Status.RESOLVED
    found.status = wanted.status
    if reopened:
        found.closed_at = None
        tell_reopened(session, found, by=rules.Author.AGENT)
