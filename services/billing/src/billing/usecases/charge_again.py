"""Days a pause had left out, or given back, are charged after all: with the next bill."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.models import Account, Pause, Subscription
from billing.queries.pauses import Effect
from billing.usecases.await_bill import await_bill


def charge_again(
    session: Session, account: Account, head: Subscription, pause: Pause, effect: Effect, *, now: datetime
) -> None:
    """
    Let what *effect* charges wait for the next bill of the locked account.
    """
    for line in effect.charges:
        assert line.period is not None
        source = f"pause:{pause.id}:{line.period.start}"
        await_bill(session, account, line, subscription_id=head.id, source=source, now=now)
