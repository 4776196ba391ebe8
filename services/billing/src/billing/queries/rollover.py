"""What of a subscription's data goes along when its plan changes (rules.md 2.6)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.basket import PREPAID
from billing.domain.bucket import rollover_expiry, unused
from billing.domain.change_settings import PrepaidRefund
from billing.models import DataLot
from billing.queries.plan_change_price import Case
from shared.periods import Period


@dataclass(frozen=True, kw_only=True)
class Rollover:
    """
    So much data, to be used until the end of *expires_on* (None: for ever).
    """

    amount_mb: int
    expires_on: date | None


def rollover_of(session: Session, case: Case, *, until: date) -> Rollover | None:
    """
    Return what rolls over as things are; *until* is the first day the new plan is not paid for yet.
    """
    if case.terms.billing_type not in PREPAID or case.terms.refund != PrepaidRefund.ROLLOVER:
        return None
    amount_mb = unused([lot.lot() for lot in open_lots(session, case.subscription.id)], day=case.effective_on)
    running = Period(case.effective_on, until)
    expires_on = rollover_expiry(case.terms.rollover_expiry, changed_on=case.effective_on, running=running)
    return Rollover(amount_mb=amount_mb, expires_on=expires_on) if amount_mb else None


def open_lots(session: Session, subscription_id: str) -> list[DataLot]:
    """
    Return the lots usage may still be taken from.
    """
    query = select(DataLot).where(DataLot.subscription_id == subscription_id, DataLot.closed.is_(False))
    return list(session.scalars(query.execution_options(populate_existing=True)))
