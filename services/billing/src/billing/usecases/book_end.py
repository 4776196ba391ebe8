"""A service ends on a day to come: nothing is charged beyond it, and it can be undone until then."""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.domain.subscription import WORKING
from billing.models import Account, Subscription
from billing.queries.ending import fee_of
from billing.queries.service_guards import check_may_end
from billing.usecases.lock_account import lock_account
from billing.usecases.open_subscriptions import tell_changed
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import FieldError, Invalid, NotFound
from shared.money import Money

LATEST = timedelta(days=3 * 366)
SOURCE = {True: "portal", False: "admin"}


def book_end(
    session: Session,
    *,
    subscription_id: str,
    last_on: date,
    reason: str,
    waive_fee: bool = False,
    cancellation_id: str | None = None,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Subscription:
    """
    Let the service work until the end of *last_on*; asked again, another day takes its place.

    What its plan was sold to cost at the end is charged then, unless *waive_fee*, for a reason.

    *cancellation_id* names it where its customer asked for it, who may then undo it.

    Documents are made when it has ended (``end_subscriptions``): until then nothing has to be taken back.

    :raises NotFound: if there is no such service among *partner_ids* (None: all)
    :raises ServiceNotActive: if it does not work (any more)
    :raises ServiceInBundle: if it is a part of a bundle, which ends as a whole
    :raises ChangeAlreadyBooked: if its plan is about to change
    :raises PauseBooked: if it is about to pause
    :raises Invalid: if the day is over, or more than three years ahead, or a fee is waived without a reason
    """
    account, head = lock_service(session, subscription_id, partner_ids)
    check_may_end(session, head)
    _check_day(account, head, last_on, now=now)
    fee = _fee(session, head, last_on, reason, waived=waive_fee)
    if (head.ends_on, head.end_fee_minor, head.cancellation_id) == (last_on, fee, cancellation_id):
        return head
    head.end_fee_minor, head.cancellation_id = fee, cancellation_id
    for part in parts_of(session, head):
        part.ends_on = last_on
        tell_changed(session, part)
    plan_next_bill(session, account)
    _tell(session, head, reason)
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


def tell_end_withdrawn(session: Session, head: Subscription) -> None:
    """
    Tell that the service goes on.
    """
    tell(
        session,
        facts.SubscriptionEndWithdrawn(
            subscription_id=head.id,
            customer_id=head.customer_id,
            partner_id=head.partner_id,
            version=head.version,
            plan_name=head.name,
        ),
    )


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


def _tell(session: Session, head: Subscription, reason: str) -> None:
    assert head.ends_on is not None
    tell(
        session,
        facts.SubscriptionEndBooked(
            subscription_id=head.id,
            customer_id=head.customer_id,
            partner_id=head.partner_id,
            version=head.version,
            plan_name=head.name,
            last_on=head.ends_on,
            fee=Money(head.end_fee_minor, head.currency) if head.end_fee_minor else None,
            source=SOURCE[head.cancellation_id is not None],
            reason=reason[:300],
        ),
    )


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
