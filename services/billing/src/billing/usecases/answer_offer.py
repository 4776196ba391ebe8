"""
A customer accepts an offered change of plan, which books exactly the quote they were shown, or declines it.

Where the price has moved since, nothing is booked: the offer goes on with a new quote, to be looked at first.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain.change import Source
from billing.domain.offer import OfferClosed, OfferStatus, standing
from billing.models import Account, PlanChange, PlanChangeOffer, Quote
from billing.usecases.book_plan_change import Booking, book_plan_change, quote_again
from billing.usecases.lock_account import lock_account
from billing.usecases.offer_plan_change import close_offer
from billing.usecases.quote_order import QuoteChanged
from shared.errors import NotFound, Refusal


def accept_offer(
    session: Session, *, customer_id: str, offer_id: str, quote_id: str, now: datetime
) -> PlanChange:
    """
    Book what was offered, as the customer saw it in the quote.

    :raises NotFound: if no such offer was made to the customer
    :raises OfferClosed: if it is not open any more
    :raises QuoteChanged: if its price has moved; ``renew_offer`` makes the new quote
    :raises Conflict: if the subscription may not be changed now (``domain/change.py``)
    """
    offer, account = _lock(session, customer_id, offer_id, now=now)
    if offer.quote_id != quote_id:
        raise QuoteChanged("The price has changed since you saw it. Look at the new one before you confirm.")
    booking = Booking(source=Source.ADMIN)
    change = book_plan_change(
        session, customer_id=customer_id, quote_id=offer.quote_id, booking=booking, now=now
    )
    offer.change_id = change.id
    close_offer(session, account, offer, OfferStatus.ACCEPTED, now=now)
    return change


def decline_offer(session: Session, *, customer_id: str, offer_id: str, now: datetime) -> PlanChangeOffer:
    """
    Note that the customer does not want it; the plan stays as it is.

    :raises NotFound: if no such offer was made to the customer
    :raises OfferClosed: if it is not open any more
    """
    offer, account = _lock(session, customer_id, offer_id, now=now)
    close_offer(session, account, offer, OfferStatus.DECLINED, now=now)
    return offer


def renew_offer(
    session: Session, *, customer_id: str, offer_id: str, quote_id: str, now: datetime
) -> Quote | None:
    """
    Let the offer go on with what it costs now, unless it has moved on from *quote_id* before.

    Return None, and let it end, if it is no longer possible at all.
    """
    offer, account = _lock(session, customer_id, offer_id, now=now)
    if offer.quote_id != quote_id:
        return session.get_one(Quote, offer.quote_id)
    try:
        quote = quote_again(
            session, customer_id=customer_id, quote_id=offer.quote_id, source=Source.ADMIN, now=now
        )
    except Refusal:
        close_offer(session, account, offer, OfferStatus.EXPIRED, now=now)
        return None
    offer.quote_id, quote.expires_at = quote.id, offer.expires_at
    session.flush()
    return quote


def _lock(
    session: Session, customer_id: str, offer_id: str, *, now: datetime
) -> tuple[PlanChangeOffer, Account]:
    offer = session.get(PlanChangeOffer, offer_id)
    if offer is None or offer.customer_id != customer_id:
        raise NotFound
    account = lock_account(session, customer_id=customer_id)
    session.refresh(offer)
    if standing(offer.status, offer.expires_at, now) is not OfferStatus.WAITING:
        raise OfferClosed("It was answered or taken back, or its time is over. Ask us for a new one.")
    return offer, account
