"""Undo a booked end while the service still works: nothing was credited, so nothing is charged again."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.change import ServiceNotActive
from billing.domain.subscription import WORKING
from billing.models import Subscription
from billing.usecases.book_end import lock_service, parts_of, tell_end_withdrawn
from billing.usecases.open_subscriptions import tell_changed
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.write_audit import write_audit
from shared import clock


def withdraw_end(
    session: Session, *, subscription_id: str, partner_ids: frozenset[str] | None, now: datetime
) -> Subscription:
    """
    Let the service go on; undoing twice is fine.

    :raises NotFound: if there is no such service among *partner_ids* (None: all)
    :raises ServiceNotActive: if it has ended
    """
    account, head = lock_service(session, subscription_id, partner_ids)
    over = head.ends_on is not None and head.ends_on < clock.local_date(now, account.timezone)
    if head.status not in WORKING or over:
        raise ServiceNotActive("It has ended. Order it again.")
    if head.ends_on is None:
        return head
    head.end_fee_minor, head.cancellation_id = 0, None
    for part in parts_of(session, head):
        part.ends_on = None
        tell_changed(session, part)
    plan_next_bill(session, account)
    tell_end_withdrawn(session, head)
    write_audit(session, account, action="end_withdrawn", target=head.id, now=now)
    session.flush()
    return head
