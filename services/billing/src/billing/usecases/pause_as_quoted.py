"""A customer confirms a pause: booked exactly as quoted, or not at all."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain.self_service import Figures, PauseLimits, check_often, check_pause, fingerprint
from billing.models import Account, Pause, Quote, Subscription
from billing.queries.self_service import figures_of_pause, own_pauses
from billing.queries.service_guards import check_own_pause
from billing.usecases.book_pause import Rest, book_pause
from billing.usecases.lock_account import lock_account
from billing.usecases.place_order import QuoteExpired, QuoteUsed
from billing.usecases.quote_order import QuoteChanged
from billing.usecases.quote_pause import quote_pause
from shared import clock
from shared.errors import NotFound


def pause_as_quoted(
    session: Session, *, customer_id: str, quote_id: str, reason: str, now: datetime
) -> Pause:
    """
    Book the quoted pause.

    :raises NotFound: if the customer has no such quote
    :raises QuoteUsed: if it was booked before
    :raises QuoteExpired: if it is older than 15 minutes
    :raises QuoteChanged: if it would come to something else now; ``quote_pause_again`` makes the new quote
    :raises Conflict: if the service cannot rest any more, or rests too often
    :raises Invalid: if its first day has come too near
    """
    quote, account, held = lock_quoted(session, customer_id, quote_id, kind="pause", now=now)
    check_own_pause(session, held)
    first_on, last_on, limits = quote.starts_on, last_day(quote), _limits(quote)
    check_pause(first_on, last_on, today=clock.local_date(now, account.timezone), limits=limits)
    check_often(own_pauses(session, held), first_on, limits=limits)
    check_unchanged(quote, figures_of_pause(session, account, held, first_on, last_on))
    pause = book_pause(
        session,
        subscription_id=held.id,
        wanted=Rest(from_on=first_on, last_on=last_on, reason=reason),
        partner_ids=None,
        now=now,
    )
    quote.change_id = pause.id
    session.flush()
    return pause


def quote_pause_again(session: Session, *, customer_id: str, quote_id: str, now: datetime) -> Quote:
    """
    Return a new quote for the days of an old one.
    """
    old = session.get_one(Quote, quote_id)
    return quote_pause(
        session,
        customer_id=customer_id,
        subscription_id=old.subscription_id or "",
        first_on=old.starts_on,
        last_on=last_day(old),
        limits=_limits(old),
        now=now,
    )


def lock_quoted(
    session: Session, customer_id: str, quote_id: str, *, kind: str, now: datetime
) -> tuple[Quote, Account, Subscription]:
    """
    Return an open quote of that *kind*, the customer's locked account, and the service it is about.

    :raises NotFound: if the customer has no such quote
    :raises QuoteUsed: if it was confirmed before
    :raises QuoteExpired: if it is older than 15 minutes
    """
    quote = session.get(Quote, quote_id)
    if quote is None or quote.customer_id != customer_id or quote.kind != kind:
        raise NotFound
    account = lock_account(session, customer_id=customer_id)
    session.refresh(quote, ["change_id"])  # of two clicks the second sees what the first did
    if quote.change_id is not None:
        raise QuoteUsed("You have booked this already.", params={"change_id": quote.change_id})
    if now >= quote.expires_at:
        raise QuoteExpired("Ask for a new price; it takes a second.")
    return quote, account, session.get_one(Subscription, quote.subscription_id, populate_existing=True)


def check_unchanged(quote: Quote, figures: Figures) -> None:
    """
    Refuse to confirm what would come to something else than was shown.

    :raises QuoteChanged: if it would
    """
    mark = fingerprint(quote.subscription_id or "", quote.starts_on, last_day(quote), figures)
    if mark != quote.fingerprint:
        raise QuoteChanged("The price has changed since you saw it. Look at the new one before you confirm.")


def last_day(quote: Quote) -> date:
    """
    Return the last day a quote is about.
    """
    return date.fromisoformat(quote.details["last_on"])


def _limits(quote: Quote) -> PauseLimits:
    names = ("notice_days", "longest_days", "most_a_year")
    return PauseLimits(**{name: quote.details[name] for name in names})
