"""The audit trail of one customer's money: append-only, each row sealed with the hash of the one before."""

import hashlib
import json
from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import Account, AuditEvent
from shared import context


def write_audit(
    session: Session, account: Account, *, action: str, target: str, now: datetime, **details: object
) -> None:
    """
    Note who does *action* to *target*, for whom, and with what *details* (never card data).
    """
    who = context.current()
    event = AuditEvent(
        customer_id=account.customer_id,
        seq=account.audit_count + 1,
        partner_id=account.partner_id,
        at=now,
        actor=who.actor,
        on_behalf_of=who.on_behalf_of,
        correlation_id=who.correlation_id,
        action=action,
        target=target,
        details={name: str(value) for name, value in details.items()},
        previous_hash=account.audit_hash,
    )
    event.hash = seal(event)
    account.audit_count, account.audit_hash = event.seq, event.hash
    session.add(event)


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
