"""A change of plan that staff offers: it is made only if the customer accepts exactly what was offered."""

from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict

OFFERED_FOR = timedelta(days=7)


class OfferStatus(StrEnum):
    """
    Waiting offers are answered by their customer, taken back by staff, or end unanswered.
    """

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class OfferWaiting(Conflict, code="offer_waiting", title="An offer waits for the customer's answer"):
    """
    One at a time: the first is answered or taken back before there is another.
    """


class OfferClosed(Conflict, code="offer_closed", title="This offer is not open any more"):
    """
    It was answered or taken back, its time is over, or what it offered is no longer possible.
    """


def open_until(now: datetime, day_over: datetime) -> datetime:
    """
    Return until when an offer made *now* may be accepted: for a week, and never after its day is over.
    """
    return min(now + OFFERED_FOR, day_over)


def standing(status: OfferStatus, expires_at: datetime, now: datetime) -> OfferStatus:
    """
    Return how an offer stands: one that nobody answered in time has expired.
    """
    return OfferStatus.EXPIRED if status is OfferStatus.WAITING and now >= expires_at else status
