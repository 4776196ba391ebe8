"""Saved cards that can be charged, read for many customers at once."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import PaymentMethod
from shared.bulk import among


def usable_cards(
    session: Session, customer_ids: Sequence[str], *, now: datetime
) -> dict[str, list[PaymentMethod]]:
    """
    Return each customer's cards that were not removed and have not expired, the default one first.
    """
    rows = session.scalars(
        select(PaymentMethod)
        .where(among(PaymentMethod.customer_id, customer_ids), PaymentMethod.removed_at.is_(None))
        .order_by(PaymentMethod.is_default.desc(), PaymentMethod.id)
    )
    found: dict[str, list[PaymentMethod]] = {}
    for row in rows:
        if row.works(now):
            found.setdefault(row.customer_id, []).append(row)
    return found
