"""A service that rested works again: charged from that day on, or from where bills have reached already."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.pause import PauseState
from billing.domain.subscription import Status
from billing.models import Account, Pause, Subscription
from billing.queries.prepaid import is_prepaid
from billing.usecases.book_end import parts_of
from billing.usecases.keep_segments import leave_out
from billing.usecases.open_subscriptions import tell_changed
from billing.usecases.write_audit import write_audit
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.periods import Period


def return_from_pause(
    session: Session, account: Account, pause: Pause, head: Subscription, *, on: date, now: datetime
) -> None:
    """
    Let the service of a running pause work from *on* on; unless billed, the days before cost nothing.
    """
    for part in parts_of(session, head):
        if not pause.billed:
            leave_out(session, part, Period(pause.from_on, on))
            _go_on(account, part, pause, on)
        part.status, part.pause_reason = Status.ACTIVE, None
        tell_changed(session, part)
    pause.state, pause.until_on, pause.ended_on = PauseState.OVER, on, on
    pause.version += 1
    write_audit(session, account, action="service_resumed", target=head.id, now=now, pause=pause.id, on=on)
    tell(
        session,
        facts.SubscriptionResumed(
            pause_id=pause.id,
            subscription_id=head.id,
            customer_id=pause.customer_id,
            partner_id=pause.partner_id,
            version=pause.version,
            plan_name=head.name,
            on=on,
            billed=pause.billed,
        ),
    )


def return_late(session: Session, account: Account, *, on: date, now: datetime) -> None:
    """
    Let what should have come back while the customer was inactive come back on *on*, with the customer.
    """
    rows = session.scalars(
        select(Pause).where(
            Pause.customer_id == account.customer_id,
            Pause.state == PauseState.RUNNING,
            Pause.until_on <= on,
        )
    )
    for pause in rows.all():
        head = session.get_one(Subscription, pause.subscription_id)
        return_from_pause(session, account, pause, head, on=on, now=now)


def close_pause(session: Session, subscription_id: str, *, last_on: date) -> None:
    """
    Note that a running pause is over, since its service ended.
    """
    rows = session.scalars(
        select(Pause).where(Pause.subscription_id == subscription_id, Pause.state == PauseState.RUNNING)
    )
    for pause in rows.all():
        pause.state, pause.version = PauseState.OVER, pause.version + 1
        pause.ended_on = last_on + timedelta(days=1)


def _go_on(account: Account, part: Subscription, pause: Pause, on: date) -> None:
    # What was billed up to the pause, or into it, goes on from here; what was not is still to be billed.
    if part.charged_through is not None and pause.from_on <= part.charged_through < on:
        part.charged_through = on
        if is_prepaid(account):
            part.anchor_day = on.day
