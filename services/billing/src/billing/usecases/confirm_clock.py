"""A person says that the date is right: clock work goes on from there."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from billing.domain.clockwork import ClockMoved
from billing.models import ClockHold, ClockSeen
from shared import clock, context
from shared.errors import NotFound

log = structlog.get_logger(__name__)

SAME = timedelta(days=1)  # the hold goes on with the clock while somebody makes up their mind


def confirm_clock(session: Session, *, hold_id: str, shown: datetime) -> ClockHold:
    """
    Believe the date that was *shown*, and let be done what it makes due; twice is once.

    :raises NotFound: if nothing is held by that id
    :raises ClockMoved: if the clock came back meanwhile, or another date was shown
    """
    hold = session.get(ClockHold, hold_id, with_for_update=True)
    if hold is None:
        raise NotFound
    if hold.actor is not None:
        return hold
    if hold.ended_at is not None or abs(hold.ahead_at - shown) > SAME:
        raise ClockMoved("Look at the date again.")
    hold.ended_at, hold.actor = clock.real_now(), context.current().actor
    session.get_one(ClockSeen, 1, with_for_update=True).seen_at = hold.ahead_at
    log.warning("clock_confirmed", hold_id=hold.id, at=hold.ahead_at.isoformat(), actor=hold.actor)
    return hold
