"""A customer undoes a pause they asked for, until it begins."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.pause import OPEN
from billing.domain.self_service import NotYours
from billing.models import Pause
from billing.queries.pauses import asked_by_customer, find_pause
from billing.usecases.lock_account import lock_account
from billing.usecases.withdraw_pause import withdraw_pause


def withdraw_own_pause(session: Session, *, customer_id: str, pause_id: str, now: datetime) -> Pause:
    """
    Let the service go on; undoing twice is fine.

    :raises NotFound: if they have no such pause
    :raises NotYours: if staff booked it
    :raises PauseBegun: if its first day has come
    """
    pause = find_pause(session, customer_id=customer_id, pause_id=pause_id)
    lock_account(session, customer_id=customer_id)
    session.refresh(pause)
    if not asked_by_customer(pause):
        raise NotYours("We booked this pause. Ask us to undo it.")
    if pause.state in OPEN:
        withdraw_pause(session, subscription_id=pause.subscription_id, partner_ids=None, now=now)
    return pause
