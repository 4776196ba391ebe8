"""Write what happened to a customer to the table the portal streams from."""

from typing import Any

from sqlalchemy.orm import Session

from portal_gateway.models import LiveEvent
from shared.contracts.envelope import Envelope


def record_live_event(session: Session, envelope: Envelope, *, name: str, body: dict[str, Any]) -> None:
    """
    Append one event for the customer the fact is about; *name* is public, such as ``order.updated``.
    """
    session.add(
        LiveEvent(
            event_id=envelope.id,
            customer_id=envelope.data["customer_id"],
            partner_id=envelope.data["partner_id"],
            name=name,
            body=body,
            at=envelope.time,
        )
    )
