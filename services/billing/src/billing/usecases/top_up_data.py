"""Staff give a service data on top, free of charge, with a reason."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain.bucket import LotKind
from billing.domain.subscription import Status
from billing.models import Subscription
from billing.usecases.grant_data import grant
from billing.usecases.lock_account import lock_account
from billing.usecases.move_data import lock_lots
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.ids import new_id

MOST_MB = 10**7
LONGEST_REASON = 500


class ServiceEnded(Conflict, code="service_ended", title="This service has ended"):
    """
    Data can be given to a service that works or is paused.
    """


def top_up_data(
    session: Session,
    *,
    customer_id: str,
    subscription_id: str,
    amount_mb: int,
    expires_on: date | None,
    reason: str,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> None:
    """
    Add *amount_mb*, usable until the end of *expires_on* (None: for ever).

    :raises NotFound: if the customer has no such service, or is of another partner
    :raises Invalid: if the amount, the day or the reason makes no sense
    :raises ServiceEnded: if it works no more
    """
    subscription = session.get(Subscription, subscription_id)
    if subscription is None or subscription.customer_id != customer_id:
        raise NotFound
    if partner_ids is not None and subscription.partner_id not in partner_ids:
        raise NotFound
    account = lock_account(session, customer_id=customer_id)
    session.refresh(subscription)
    today = clock.local_date(now, account.timezone)
    _check(amount_mb, expires_on, reason, today)
    if subscription.status not in (Status.ACTIVE, Status.PAUSED):
        raise ServiceEnded("Choose the service that followed it.")
    lock_lots(session, subscription.id)
    source = f"staff:{new_id('top')}"
    grant(
        session,
        subscription,
        LotKind.TOP_UP,
        amount_mb,
        source=source,
        from_on=today,
        expires_on=expires_on,
        now=now,
    )
    write_audit(
        session,
        account,
        action="data_given",
        target=subscription.id,
        now=now,
        amount_mb=amount_mb,
        expires_on=expires_on or "",
        reason=reason,
    )


def _check(amount_mb: int, expires_on: date | None, reason: str, today: date) -> None:
    wrong = []
    if not 0 < amount_mb <= MOST_MB:
        words = "Enter a number from 1 to %(most)s."
        wrong.append(FieldError("#/amount_mb", "out_of_range", words, {"most": MOST_MB}))
    if expires_on is not None and expires_on < today:
        wrong.append(FieldError("#/expires_on", "too_early", "Choose today or a later day."))
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        words = "Say why, in at most %(most)s letters."
        wrong.append(FieldError("#/reason", "required", words, {"most": LONGEST_REASON}))
    if wrong:
        raise Invalid(*wrong)
