"""Undo what staff added, for some minutes and until its day comes; only papers stay, the bill credited."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.change import ChangeNotCancellable
from billing.domain.order import Status
from billing.models import Order
from billing.queries.service_desk import undo_until
from billing.usecases.approve_order import lock_order
from billing.usecases.move_order import move_order
from billing.usecases.post import tell_balance
from billing.usecases.reject_order import RefundTo, unmake
from billing.usecases.write_audit import write_audit
from shared.texts import Text


def take_back_service(
    session: Session, *, order_id: str, partner_ids: frozenset[str] | None, now: datetime
) -> Order:
    """
    End the added service and credit its bill in full; what was paid stays as credit. The customer is mailed.

    Undoing twice is fine; orders undone before there was a state of its own are rejected ones.

    :raises NotFound: if there is no such order among *partner_ids* (None: all)
    :raises ChangeNotCancellable: if staff did not add it, its plan was changed, or its time is over
    """
    order, account = lock_order(session, order_id, partner_ids)
    if order.channel == "staff" and order.status in (Status.TAKEN_BACK, Status.REJECTED):
        return order
    until = undo_until(session, order)
    if until is None or now >= until:
        raise ChangeNotCancellable("It is too late to undo this. End the service instead.")
    before = account.balance.minor
    move_order(session, order, Status.TAKEN_BACK, now=now)
    why = Text("Order %(number)s was undone", {"number": order.number})
    unmake(session, account, order, why=why, refund_to=RefundTo.BALANCE, now=now)
    write_audit(session, account, action="service_taken_back", target=order.id, now=now)
    tell_balance(session, account, before=before)
    session.flush()
    return order
