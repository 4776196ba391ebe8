"""Undo a booked change before its moment: nothing was charged, so nothing has to be given back."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.change import ChangeNotCancellable, ChangeStatus
from billing.models import PlanChange
from billing.usecases.lock_account import lock_account
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.write_audit import write_audit
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import NotFound


def withdraw_plan_change(
    session: Session,
    *,
    change_id: str,
    customer_id: str | None = None,
    partner_ids: frozenset[str] | None = None,
    now: datetime,
) -> PlanChange:
    """
    Undo the change; undoing twice is fine.

    :raises NotFound: if there is no such change of the customer, or among *partner_ids* (None: all)
    :raises ChangeNotCancellable: if its moment has come, or it came to nothing
    """
    change = session.get(PlanChange, change_id)
    if change is None or (customer_id is not None and change.customer_id != customer_id):
        raise NotFound
    if partner_ids is not None and change.partner_id not in partner_ids:
        raise NotFound
    account = lock_account(session, customer_id=change.customer_id)
    session.refresh(change)
    if change.status is ChangeStatus.WITHDRAWN:
        return change
    if change.status is not ChangeStatus.BOOKED or now >= change.effective_at:
        raise ChangeNotCancellable("The change has been made.", params={"status": change.status.value})
    change.status, change.withdrawn_at = ChangeStatus.WITHDRAWN, now
    change.version += 1
    write_audit(
        session, account, action="plan_change_withdrawn", target=change.id, now=now, to=change.to_name
    )
    plan_next_bill(session, account)
    _tell(session, change)
    session.flush()
    return change


def _tell(session: Session, change: PlanChange) -> None:
    tell(
        session,
        facts.PlanChangeWithdrawn(
            change_id=change.id,
            subscription_id=change.subscription_id,
            customer_id=change.customer_id,
            partner_id=change.partner_id,
            version=change.version,
            to_plan_name=change.to_name,
        ),
    )
