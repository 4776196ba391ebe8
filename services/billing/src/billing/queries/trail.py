"""What staff changed about a partner: its audit trail, field by field, as screens show it."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import AuditEvent

LATEST = 20
EVENTS = 100


@dataclass(frozen=True, kw_only=True)
class Changed:
    """
    One field somebody set, from *old* to *new*; each is a list of the value, empty where Default's held.
    """

    at: datetime
    actor: str
    name: str
    old: list[Any]
    new: list[Any]


def settings_trail(session: Session, partner_id: str, *, names: Collection[str]) -> list[Changed]:
    """
    Return the latest changes of the partner's own values of *names*, newest first.
    """
    events = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.customer_id == partner_id, AuditEvent.action == "settings_changed")
        .order_by(AuditEvent.seq.desc())
        .limit(EVENTS)
    )
    found = [
        Changed(at=event.at, actor=event.actor, name=name, **json.loads(values))
        for event in events
        for name, values in event.details.items()
        if name in names
    ]
    return found[:LATEST]


@dataclass(frozen=True, kw_only=True)
class Done:
    """
    What somebody did to *target*, and what is known of it.
    """

    target: str
    at: datetime
    actor: str
    action: str
    details: dict[str, str]


def trail_of(session: Session, target: str, *, partner_ids: Collection[str]) -> list[Done]:
    """
    Return what was done to *target*, newest first; what several partners have in their trails is said once.
    """
    events = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.customer_id.in_(partner_ids), AuditEvent.target == target)
        .order_by(AuditEvent.at.desc(), AuditEvent.customer_id, AuditEvent.seq.desc())
        .limit(EVENTS)
    )
    found = {(event.at, event.action): _done(event) for event in events}
    return list(found.values())[:LATEST]


def partner_trail(session: Session, partner_id: str) -> list[Done]:
    """
    Return what was done to runs and to many of the partner lately, newest first; not its settings.
    """
    events = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.customer_id == partner_id, AuditEvent.action != "settings_changed")
        .order_by(AuditEvent.seq.desc())
        .limit(LATEST)
    )
    return [_done(event) for event in events]


def _done(event: AuditEvent) -> Done:
    return Done(
        target=event.target,
        at=event.at,
        actor=event.actor,
        action=event.action,
        details=dict(event.details),
    )
