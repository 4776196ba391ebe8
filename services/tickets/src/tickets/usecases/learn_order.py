"""
Keep a copy of an order, to show beside its ticket.

Facts may come late: what was asked is filled in whenever its request arrives, but where the order stands
follows only the newest version.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.contracts import billing
from tickets.models import KnownOrder


def learn_request(session: Session, *, fact: billing.OrderRequested, now: datetime) -> KnownOrder:
    """
    Remember what was asked for.
    """
    known = _known(session, fact, now)
    known.total_minor, known.currency = fact.total.minor, fact.total.currency
    known.then_minor = fact.then.minor if fact.then else None
    known.items = [
        {
            "name": item.name,
            "quantity": item.quantity,
            "amount_minor": item.amount.minor,
            "explanation": item.explanation,
        }
        for item in fact.items
    ]
    if fact.version > known.version:
        known.version, known.status = fact.version, "awaiting_approval"
    return known


def learn_change(session: Session, *, fact: billing.OrderChanged, now: datetime) -> bool:
    """
    Remember where the order stands; False when something newer was known already.
    """
    known = _known(session, fact, now)
    if fact.version <= known.version:
        return False
    known.version, known.status, known.approval = fact.version, fact.new, fact.approval
    known.reason = fact.reason or known.reason
    return True


def learn_approval(session: Session, *, fact: billing.OrderApproved, now: datetime) -> None:
    """
    Remember that and from when a person approved it.
    """
    known = _known(session, fact, now)
    known.starts_on, known.approval = fact.starts_on, "done"


def learn_rejection(session: Session, *, fact: billing.OrderRejected, now: datetime) -> None:
    """
    Remember that and why a person refused it.
    """
    known = _known(session, fact, now)
    known.reason = fact.reason
    if fact.version > known.version:
        known.version, known.status = fact.version, "rejected"


def _known(
    session: Session,
    fact: billing.OrderRequested | billing.OrderChanged | billing.OrderApproved | billing.OrderRejected,
    now: datetime,
) -> KnownOrder:
    known = session.get(KnownOrder, fact.order_id, with_for_update=True)
    if known is None:
        known = KnownOrder(
            id=fact.order_id,
            partner_id=fact.partner_id,
            customer_id=fact.customer_id,
            number=fact.number,
            version=0,
            status="placed",
            reason="",
            items=[],
            heard_at=now,
        )
        session.add(known)
    known.heard_at = now
    return known
