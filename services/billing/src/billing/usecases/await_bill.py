"""A line waits for the next bill of its account."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.charge import ChargeStatus
from billing.domain.line import Line
from billing.models import Account, Charge, columns
from shared.ids import new_id


def await_bill(
    session: Session, account: Account, line: Line, *, subscription_id: str, source: str, now: datetime
) -> None:
    """
    Let *line* wait; *source* says, once, what made it.
    """
    session.add(
        Charge(
            id=new_id("chr"),
            customer_id=account.customer_id,
            partner_id=account.partner_id,
            subscription_id=subscription_id,
            status=ChargeStatus.PENDING,
            source=source,
            created_at=now,
            **columns(line),
        )
    )
