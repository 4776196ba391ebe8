"""
Take no more orders than can be finished: who is told so at once loses nothing, who is taken is served.

Where more arrives than the machine can settle, the processes that accept leave none of it to the worker that
settles, and hardly any order becomes active in time. So orders wait in front of the door instead.
"""

from datetime import timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from billing.domain.payment import OPEN
from billing.models import Payment
from billing.usecases.open_payment import AHEAD_OF_RUNS
from shared import clock
from shared.errors import TooMany

TOO_LONG = timedelta(seconds=0.5)  # for a payment of an order to wait until the provider is asked
ENDURED = 5  # so many may: a worker that is just being started again is no reason to refuse anybody
AGAIN_SECONDS = 2

WAITING = (  # asked with every order: made once
    select(Payment.id)
    .where(Payment.ask_at < bindparam("since"), Payment.status.in_(OPEN), Payment.tries == 0)
    .order_by(Payment.ask_at)
    .offset(ENDURED)
    .limit(1)
)


class TooManyOrders(TooMany, code="too_busy", title="Too many orders at once"):
    """
    More orders wait to be paid than are finished; nothing was ordered or charged.
    """


def admit_order(session: Session) -> None:
    """
    Let an order in if those before it are taken up in time.

    :raises TooManyOrders: if they are not
    """
    since = clock.real_now() - AHEAD_OF_RUNS - TOO_LONG
    if session.scalar(WAITING, {"since": since}) is not None:
        raise TooManyOrders(
            "More orders arrive than can be finished. Nothing was charged; try again in a moment.",
            retry_after=AGAIN_SECONDS,
        )
