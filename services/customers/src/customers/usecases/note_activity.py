"""Write the activity log: one line for each fact, whether we told it or heard it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from customers.domain import activity as rules
from customers.models import Activity
from shared import clock, context
from shared.contracts.envelope import Envelope
from shared.ids import new_id


def note_fact(session: Session, envelope: Envelope, line: rules.Line | None = None) -> None:
    """
    Write down a fact, once however often it is told; *line* says more than the fact itself can.
    """
    owner = envelope.type.partition(".")[0]
    # Our own facts were written down when we told them; the inbox keeps those of others from coming twice.
    if owner == "customers" and _is_noted(session, envelope):
        return
    wording = line or rules.line_for(envelope.type, envelope.data)
    session.add(
        Activity(
            event_id=envelope.id,
            kind=envelope.type,
            customer_id=envelope.data.get("customer_id"),
            partner_id=envelope.partner_id or envelope.data.get("partner_id"),
            at=envelope.time,
            actor=envelope.actor,
            on_behalf_of=envelope.on_behalf_of,
            source=rules.source_of(envelope.actor, owner),
            words=wording.words,
            params=wording.params,
            technical=line is None and rules.is_technical(envelope.type, envelope.data),
            correlation_id=envelope.correlation_id,
        )
    )


def note_act(
    session: Session, kind: str, words: str, *, partner_id: str | None, customer_id: str | None, **params: Any
) -> None:
    """
    Write down what was done here and nobody else needs to hear of.
    """
    present = context.current()
    session.add(
        Activity(
            event_id=new_id("act"),
            kind=kind,
            customer_id=customer_id,
            partner_id=partner_id,
            at=clock.now(),
            actor=present.actor,
            on_behalf_of=present.on_behalf_of,
            source=rules.source_of(present.actor, "customers"),
            words=words,
            params=params,
            correlation_id=present.correlation_id,
        )
    )


def _is_noted(session: Session, envelope: Envelope) -> bool:
    return session.scalar(select(Activity.id).where(Activity.event_id == envelope.id)) is not None
