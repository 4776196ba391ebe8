"""A service ends on a day to come: nothing is charged beyond it, and it can be undone until then."""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.domain.change import ChangeAlreadyBooked, ServiceInBundle, ServiceNotActive
from billing.domain.pause import PauseBooked
from billing.domain.subscription import WORKING
from billing.models import Account, Subscription
from billing.queries.ending import fee_of
from billing.queries.pauses import booked_pause
from billing.queries.plan_changes import booked_change
from billing.usecases.lock_account import lock_account
from billing.usecases.open_subscriptions import tell_changed
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.errors import FieldError, Invalid, NotFound

LATEST = timedelta(days=3 * 366)


def book_end(
    session: Session,
    *,
    subscription_id: str,
    last_on: date,
    reason: str,
    waive_fee: bool = False,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Subscription:
    """
    Let the service work until the end of *last_on*; asked again, another day takes its place.

    What its plan was sold to cost at the end is charged then, unless *waive_fee*, for a reason.

    Documents are made when it has ended (``end_subscriptions``): until then nothing has to be taken back.

    :raises NotFound: if there is no such service among *partner_ids* (None: all)
    :raises ServiceNotActive: if it does not work (any more)
    :raises ServiceInBundle: if it is a part of a bundle, which ends as a whole
    :raises ChangeAlreadyBooked: if its plan is about to change
    :raises PauseBooked: if it is about to pause
    :raises Invalid: if the day is over, or more than three years ahead, or a fee is waived without a reason
    """
    account, head = lock_service(session, subscription_id, partner_ids)
    _check(session, head)
    _check_day(account, head, last_on, now=now)
    fee = _fee(session, head, last_on, reason, waived=waive_fee)
    if (head.ends_on, head.end_fee_minor) == (last_on, fee):
        return head
    head.end_fee_minor = fee
    for part in parts_of(session, head):
        part.ends_on = last_on
        tell_changed(session, part)
    plan_next_bill(session, account)
    write_audit(
        session,
        account,
        action="end_booked",
        target=head.id,
        now=now,
        last_on=last_on,
        reason=reason[:300],
        fee=fee,
    )
    session.flush()
    return head


def lock_service(
    session: Session, subscription_id: str, partner_ids: frozenset[str] | None
) -> tuple[Account, Subscription]:
    """
    Return the service as it is now, and its locked account.

    :raises NotFound: if there is no such service among *partner_ids* (None: all)
    """
    found = session.get(Subscription, subscription_id)
    if found is None or (partner_ids is not None and found.partner_id not in partner_ids):
        raise NotFound
    account = lock_account(session, customer_id=found.customer_id)
    session.refresh(found)
    return account, found


def parts_of(session: Session, head: Subscription) -> list[Subscription]:
    """
    Return the service and, if it is a bundle, what belongs to it and works.
    """
    mine = or_(Subscription.id == head.id, Subscription.bundle_id == head.id)
    query = select(Subscription).where(mine, Subscription.status.in_(WORKING)).order_by(Subscription.id)
    return list(session.scalars(query))


def _check(session: Session, head: Subscription) -> None:
    if head.bundle_id is not None:
        raise ServiceInBundle("It is part of a bundle, which ends as a whole.")
    if head.status not in WORKING:
        raise ServiceNotActive("Only a service that works can end.")
    pause = booked_pause(session, head.id)
    if pause:
        raise PauseBooked("Undo the booked pause first.", params={"from_on": pause.from_on.isoformat()})
    booked = booked_change(session, head.id)
    if booked:
        params = {"change_id": booked.id, "starts_on": booked.effective_on.isoformat()}
        raise ChangeAlreadyBooked("Undo the booked change first.", params=params)


def _fee(session: Session, head: Subscription, last_on: date, reason: str, *, waived: bool) -> int:
    line = fee_of(session, head, last_on)
    if line is None:
        return 0
    if waived and not reason.strip():
        raise Invalid(FieldError("#/reason", "required", "Say why the fee is waived."))
    return 0 if waived else line.amount.minor


def _check_day(account: Account, head: Subscription, last_on: date, *, now: datetime) -> None:
    today = clock.local_date(now, account.timezone)
    if last_on < max(today, head.starts_on):
        raise Invalid(FieldError("#/last_on", "too_early", "Choose today or a day to come."))
    if last_on > today + LATEST:
        raise Invalid(FieldError("#/last_on", "too_late", "Choose a day within the next three years."))
