"""A customer undoes the end of a service they asked for, while it still works."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.queries.cancellations import CancellationView, ended_by, find_cancellation
from billing.usecases.lock_account import lock_account
from billing.usecases.withdraw_end import withdraw_end


def withdraw_own_end(
    session: Session, *, customer_id: str, cancellation_id: str, now: datetime
) -> CancellationView:
    """
    Let the service go on; undoing twice is fine.

    :raises NotFound: if they asked for no such end
    :raises ServiceNotActive: if it has ended
    """
    find_cancellation(session, customer_id=customer_id, cancellation_id=cancellation_id)
    lock_account(session, customer_id=customer_id)
    session.expire_all()
    held = ended_by(session, customer_id, cancellation_id)
    if held is not None:
        withdraw_end(session, subscription_id=held.id, partner_ids=None, now=now)
    return find_cancellation(session, customer_id=customer_id, cancellation_id=cancellation_id)
