"""Move an order along its states: the rule, the version, the timeline and the fact, always together."""

from datetime import datetime

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from billing.domain import order as rules
from billing.models import Order, OrderEvent
from shared import context
from shared.bus.outbox import tell
from shared.contracts import billing as facts

_events: Table = OrderEvent.__table__  # type: ignore[assignment]
NOTE = insert(_events)


def move_order(
    session: Session, order: Order, *moves: rules.Status, now: datetime, reason: str | None = None
) -> None:
    """
    Move the order through *moves* in this one transaction and tell the others where it stands now.

    :raises OrderMoved: if its state does not allow it; nothing is changed then
    """
    old = order.status
    for new in moves:
        step(session, order, new, now=now, reason=reason)
    tell_order(session, order, old=old)


def step(
    session: Session, order: Order, new: rules.Status, *, now: datetime, reason: str | None = None
) -> None:
    """
    Make one move without telling anybody.
    """
    old, order.status = order.status, rules.move(order.status, new)
    order.version += 1
    order.reason = reason or order.reason
    note_order(session, order, old=old, now=now, reason=reason)


def note_order(
    session: Session, order: Order, *, old: rules.Status | None, now: datetime, reason: str | None = None
) -> None:
    """
    Write a line of the order's timeline.
    """
    session.execute(
        NOTE,
        [
            {
                "order_id": order.id,
                "version": order.version,
                "at": now,
                "old": old.value if old else None,
                "new": order.status.value,
                "actor": context.current().actor,
                "reason": reason,
            }
        ],
    )


def tell_order(session: Session, order: Order, *, old: rules.Status) -> None:
    """
    Tell the others where the order stands.
    """
    tell(
        session,
        facts.OrderChanged(
            order_id=order.id,
            number=order.number,
            customer_id=order.customer_id,
            partner_id=order.partner_id,
            version=order.version,
            old=old.value,
            new=order.status.value,
            approval=order.approval.value if order.approval else None,
            reason=order.reason,
        ),
    )
