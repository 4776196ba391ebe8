"""Days a pause had left out, or given back, are charged after all: with the next bill."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.charge import ChargeStatus
from billing.models import Account, Charge, Pause, Subscription, columns
from billing.queries.pauses import Effect
from shared.ids import new_id


def charge_again(
    session: Session, account: Account, head: Subscription, pause: Pause, effect: Effect, *, now: datetime
) -> None:
    """
    Let what *effect* charges wait for the next bill of the locked account.
    """
    for line in effect.charges:
        assert line.period is not None
        session.add(
            Charge(
                id=new_id("chr"),
                customer_id=account.customer_id,
                partner_id=account.partner_id,
                subscription_id=head.id,
                status=ChargeStatus.PENDING,
                source=f"pause:{pause.id}:{line.period.start}",
                created_at=now,
                **columns(line),
            )
        )
