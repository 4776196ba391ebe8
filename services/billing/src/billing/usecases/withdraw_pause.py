"""Undo a booked pause before it begins: the service goes on, and no day of it stays unbilled."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.pause import PauseBegun, PauseState
from billing.models import Account, Pause, Subscription
from billing.queries.pauses import effect_of_undo, open_pause
from billing.usecases.book_end import lock_service, parts_of
from billing.usecases.charge_again import charge_again
from billing.usecases.keep_segments import join_segments
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts


def withdraw_pause(
    session: Session, *, subscription_id: str, partner_ids: frozenset[str] | None, now: datetime
) -> Subscription:
    """
    Let the service go on; undoing twice is fine.

    :raises NotFound: if there is no such service among *partner_ids* (None: all)
    :raises PauseBegun: if its first day has come
    """
    account, head = lock_service(session, subscription_id, partner_ids)
    pause = open_pause(session, head.id)
    if pause is None:
        return head
    today = clock.local_date(now, account.timezone)
    if pause.state is not PauseState.BOOKED or pause.from_on <= today:
        raise PauseBegun("Let the service work again instead.")
    charge_again(session, account, head, pause, effect_of_undo(session, account, head, pause), now=now)
    if not pause.billed:
        for part in parts_of(session, head):
            join_segments(session, part, pause.from_on)
    drop_pause(session, account, pause, head, state=PauseState.WITHDRAWN, now=now)
    plan_next_bill(session, account)
    session.flush()
    return head


def drop_pause(
    session: Session, account: Account, pause: Pause, head: Subscription, *, state: PauseState, now: datetime
) -> None:
    """
    Note that a booked pause was undone, or came to nothing, and tell it.
    """
    pause.state, pause.version = state, pause.version + 1
    pause.ended_on = clock.local_date(now, account.timezone)
    write_audit(session, account, action=f"pause_{state.value}", target=pause.id, now=now, service=head.id)
    tell(
        session,
        facts.SubscriptionPauseWithdrawn(
            pause_id=pause.id,
            subscription_id=head.id,
            customer_id=pause.customer_id,
            partner_id=pause.partner_id,
            version=pause.version,
            plan_name=head.name,
            from_on=pause.from_on,
        ),
    )
