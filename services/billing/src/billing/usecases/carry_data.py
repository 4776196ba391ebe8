"""A plan has changed: what is left of the old one's data goes along or is over; the new one has its own."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.bucket import LotKind, MoveReason
from billing.domain.charging import running_period
from billing.domain.plan_quote import PlanQuote
from billing.models import Subscription
from billing.queries.plan_change_price import Case
from billing.queries.prepaid import is_prepaid
from billing.queries.rollover import rollover_of
from billing.usecases.activate_order import data_period
from billing.usecases.grant_data import grant, grant_included
from billing.usecases.move_data import close_lot, lock_lots
from shared.periods import Period


def carry_data(
    session: Session, case: Case, new: Subscription, quoted: PlanQuote, *, change_id: str, now: datetime
) -> None:
    """
    Close the old subscription's lots, and give *new* what rolls over and what its first period includes.
    """
    lots = lock_lots(session, case.subscription.id)
    rollover = rollover_of(session, case, until=quoted.charged_through)
    for lot in lots:
        goes_along = rollover is not None and lot.lot().usable(case.effective_on)
        reason = MoveReason.ROLLED_OVER if goes_along else MoveReason.TAKEN_BACK
        close_lot(session, lot, reason, ref=f"change:{change_id}", now=now)
    if rollover:
        grant(
            session,
            new,
            LotKind.ROLLOVER,
            rollover.amount_mb,
            source=f"change:{change_id}",
            from_on=case.effective_on,
            expires_on=rollover.expires_on,
            now=now,
        )
    grant_included(session, new, _first_period(case, new, quoted), now=now)


def _first_period(case: Case, new: Subscription, quoted: PlanQuote) -> Period:
    """
    Return the days the first data is for: what is paid in advance, else the rest of the running period,
    whenever it is billed.
    """
    if is_prepaid(case.account):
        paid = Period(case.effective_on, quoted.charged_through)
        return data_period(case.account, new, paid)
    running = running_period(
        case.account.billing_day, quoted.charged_through, case.effective_on, months=new.interval_months
    )
    return Period(case.effective_on, running.end)
