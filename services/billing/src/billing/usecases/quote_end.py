"""Say what ending a service comes to, line by line, and hold that for 15 minutes: credit, fee, last days."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain.self_service import check_last_day
from billing.models import Quote
from billing.queries.self_service import earliest_end, figures_of_end, own_service
from billing.queries.service_guards import check_own_end
from billing.usecases.quote_pause import Days, keep_service_quote
from shared import clock


def quote_end(
    session: Session,
    *,
    customer_id: str,
    subscription_id: str,
    last_on: date,
    notice_days: int,
    now: datetime,
) -> Quote:
    """
    Return a quote for the customer's service to work until the end of *last_on*.

    :raises NotFound: if they have no such service
    :raises Conflict: if it cannot end now, or does already (``queries/service_guards.py``)
    :raises Invalid: if the day is not among those to choose from
    """
    account, held = own_service(session, customer_id, subscription_id)
    check_own_end(session, held)
    earliest = earliest_end(account, held, notice_days=notice_days, now=now)
    check_last_day(last_on, earliest=earliest, today=clock.local_date(now, account.timezone))
    figures = figures_of_end(session, account, held, last_on)
    return keep_service_quote(
        session,
        account,
        held,
        figures,
        kind="cancellation",
        days=Days(last_on=last_on),
        details={"notice_days": notice_days},
        now=now,
    )
