"""
The audit trails, one of each customer's money and one of each partner's settings, runs and changes of many:
append-only, each row sealed with the hash of the one before.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import Account, AuditEvent, PartnerSettings
from billing.usecases.insert_once import insert_once
from shared import context
from shared.bulk import among, insert_rows, update_rows

NAMES = (
    *(
        "customer_id",
        "seq",
        "partner_id",
        "at",
        "actor",
        "on_behalf_of",
        "correlation_id",
        "action",
        "target",
    ),
    *("details", "previous_hash", "hash"),
)


@dataclass(frozen=True, kw_only=True)
class Note:
    """
    What was done to one of many customers.
    """

    customer_id: str
    partner_id: str
    target: str
    details: dict[str, str]


def write_audit(
    session: Session, account: Account, *, action: str, target: str, now: datetime, **details: object
) -> None:
    """
    Note who does *action* to *target*, for whom, and with what *details* (never card data).
    """
    note = Note(
        customer_id=account.customer_id, partner_id=account.partner_id, target=target, details=_said(details)
    )
    _append(session, account, note, action=action, now=now)


def write_partner_audit(
    session: Session, partner_id: str, *, action: str, target: str, now: datetime, **details: object
) -> None:
    """
    Note who does *action* to *target* of the partner, and with what *details*.
    """
    insert_once(session, PartnerSettings, partner_id=partner_id, version=0, own={})
    session.flush()
    row = session.get_one(PartnerSettings, partner_id, with_for_update=True, populate_existing=True)
    note = Note(customer_id=partner_id, partner_id=partner_id, target=target, details=_said(details))
    _append(session, row, note, action=action, now=now)


def _append(
    session: Session, chain: Account | PartnerSettings, note: Note, *, action: str, now: datetime
) -> None:
    event = _sealed(note, (chain.audit_count, chain.audit_hash), action=action, now=now)
    chain.audit_count, chain.audit_hash = event.seq, event.hash
    session.add(event)


def _said(details: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in details.items()}


def write_audits(session: Session, notes: Sequence[Note], *, action: str, now: datetime) -> None:
    """
    Note that *action* was done to many customers, one note for each; their accounts are locked.
    """
    session.flush()
    ids = [note.customer_id for note in notes]
    mine = select(Account.customer_id, Account.audit_count, Account.audit_hash)
    before = {id: (n, mark) for id, n, mark in session.execute(mine.where(among(Account.customer_id, ids)))}
    events = [_sealed(note, before[note.customer_id], action=action, now=now) for note in notes]
    insert_rows(session, AuditEvent, NAMES, [tuple(getattr(each, name) for name in NAMES) for each in events])
    ends = [(each.customer_id, each.seq, each.hash) for each in events]
    update_rows(session, Account, ["customer_id"], ["audit_count", "audit_hash"], ends)


def _sealed(note: Note, before: tuple[int, str], *, action: str, now: datetime) -> AuditEvent:
    who, (count, previous_hash) = context.current(), before
    event = AuditEvent(
        customer_id=note.customer_id,
        seq=count + 1,
        partner_id=note.partner_id,
        at=now,
        actor=who.actor,
        on_behalf_of=who.on_behalf_of,
        correlation_id=who.correlation_id,
        action=action,
        target=note.target,
        details=note.details,
        previous_hash=previous_hash,
    )
    event.hash = seal(event)
    return event


def seal(event: AuditEvent) -> str:
    """
    Return the hash that seals *event* and, through the previous hash, all before it.
    """
    content = [
        event.customer_id,
        event.seq,
        event.at.isoformat(),
        event.actor,
        event.on_behalf_of,
        event.action,
        event.target,
        event.details,
        event.previous_hash,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
