"""A customer ends a service: booked exactly as quoted, or not at all."""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.self_service import check_last_day
from billing.models import Quote, Subscription
from billing.queries.self_service import earliest_end, figures_of_end
from billing.queries.service_guards import check_own_end
from billing.usecases.book_end import book_end
from billing.usecases.pause_as_quoted import check_unchanged, last_day, lock_quoted
from billing.usecases.quote_end import quote_end
from shared import clock
from shared.ids import new_id


def end_as_quoted(
    session: Session, *, customer_id: str, quote_id: str, reason: str, now: datetime
) -> Subscription:
    """
    Book the quoted end.

    :raises NotFound: if the customer has no such quote
    :raises QuoteUsed: if it was booked before
    :raises QuoteExpired: if it is older than 15 minutes
    :raises QuoteChanged: if it would come to something else now; ``quote_end_again`` makes the new quote
    :raises Conflict: if the service cannot end any more
    :raises Invalid: if the day has come too near
    """
    quote, account, held = lock_quoted(session, customer_id, quote_id, kind="cancellation", now=now)
    check_own_end(session, held)
    earliest = earliest_end(account, held, notice_days=quote.details["notice_days"], now=now)
    last_on = last_day(quote)
    check_last_day(last_on, earliest=earliest, today=clock.local_date(now, account.timezone))
    check_unchanged(quote, figures_of_end(session, account, held, last_on))
    quote.change_id = new_id("can")
    return book_end(
        session,
        subscription_id=held.id,
        last_on=last_on,
        reason=reason,
        cancellation_id=quote.change_id,
        partner_ids=None,
        now=now,
    )


def quote_end_again(session: Session, *, customer_id: str, quote_id: str, now: datetime) -> Quote:
    """
    Return a new quote for the day of an old one.
    """
    old = session.get_one(Quote, quote_id)
    return quote_end(
        session,
        customer_id=customer_id,
        subscription_id=old.subscription_id or "",
        last_on=last_day(old),
        notice_days=old.details["notice_days"],
        now=now,
    )
