"""
Keep a copy of an order, to show beside its ticket.

Facts may come late: what was asked and when it starts is filled in whenever it is heard, but where the order
stands follows only the newest version.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from shared.contracts.billing import OrderApproved, OrderChanged, OrderedItem, OrderRejected, OrderRequested
from shared.texts import pack
from tickets.models import KnownOrder

OrderFact = OrderRequested | OrderChanged | OrderApproved | OrderRejected


def learn_order(session: Session, *, fact: OrderFact, now: datetime) -> bool:
    """
    Remember what the fact says; False when something newer was known already.
    """
    known = _known(session, fact, now)
    known.heard_at = now
    news = fact.version > known.version
    if news:
        known.version = fact.version
        _move(known, fact)
    _fill_in(known, fact)
    return news


def _move(known: KnownOrder, fact: OrderFact) -> None:
    match fact:
        case OrderRequested():
            known.status = "awaiting_approval"
        case OrderChanged():
            known.status, known.approval = fact.new, fact.approval
            known.reason = fact.reason or known.reason
        case OrderRejected():
            known.status = "rejected"


def _fill_in(known: KnownOrder, fact: OrderFact) -> None:
    match fact:
        case OrderRequested():
            known.total_minor, known.currency = fact.total.minor, fact.total.currency
            known.then_minor = fact.then.minor if fact.then else None
            known.then_every = f"P{fact.then_days}D" if fact.then_days else f"P{fact.then_months}M"
            known.items = [_line(item) for item in fact.items]
            known.preferred_start_on = fact.preferred_start_on
        case OrderApproved():
            known.starts_on, known.approval = fact.starts_on, "done"
        case OrderRejected():
            known.reason = fact.reason


def _line(item: OrderedItem) -> dict[str, object]:
    return {
        "name": item.name,
        "quantity": item.quantity,
        "amount_minor": item.amount.minor,
        "explanation": item.explanation,
        "basis": _basis(item) if item.price else None,
    }


def _basis(item: OrderedItem) -> dict[str, object]:
    return {
        "code": item.why,
        "quantity": item.quantity,
        "price": pack(item.price),
        "days": item.days,
        "nominal_days": item.nominal_days,
        "first_on": item.first_on and item.first_on.isoformat(),
        "last_on": item.last_on and item.last_on.isoformat(),
    }


def _known(session: Session, fact: OrderFact, now: datetime) -> KnownOrder:
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
    return known
