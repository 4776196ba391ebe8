"""A customer is back: pauses booked before they became inactive go on with the copies, or come to nothing."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.pause import PauseState, rest
from billing.models import Account, Pause, Subscription
from billing.queries.pauses import effect_of_undo
from billing.usecases.book_end import parts_of
from billing.usecases.charge_again import charge_again
from billing.usecases.keep_segments import leave_out
from billing.usecases.withdraw_pause import drop_pause


def carry_pauses(
    session: Session, account: Account, copies: Sequence[Subscription], *, on: date, now: datetime
) -> None:
    """
    Let pauses that begin after *on* stay booked for the copies that work from *on*.

    One whose first day came meanwhile comes to nothing: its days from *on* that bills had left out are used
    after all, and charged with the next bill.
    """
    of = {copy.parent_id: copy for copy in copies}
    booked = select(Pause).where(
        Pause.customer_id == account.customer_id,
        Pause.state == PauseState.BOOKED,
        Pause.subscription_id.in_(of),
    )
    for pause in session.scalars(booked.order_by(Pause.id)).all():
        copy = of[pause.subscription_id]
        if pause.from_on > on:
            _stay_booked(session, pause, copy)
            continue
        effect = effect_of_undo(session, account, copy, pause, back_on=on)
        charge_again(session, account, copy, pause, effect, now=now)
        drop_pause(session, account, pause, copy, state=PauseState.LAPSED, now=now)


def _stay_booked(session: Session, pause: Pause, copy: Subscription) -> None:
    pause.subscription_id, pause.version = copy.id, pause.version + 1
    for part in [] if pause.billed else parts_of(session, copy):
        leave_out(session, part, rest(pause.from_on, pause.until_on))
