"""Offered changes of plan, as their customer and staff see them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from billing.domain.offer import OfferStatus, standing
from billing.models import PlanChangeOffer
from shared import clock
from shared.errors import NotFound

# Asked for with every Home: made once.
WAITING = select(
    PlanChangeOffer.subscription_id,
    PlanChangeOffer.id,
    PlanChangeOffer.to_name,
    PlanChangeOffer.starts_on,
    PlanChangeOffer.expires_at,
).where(
    PlanChangeOffer.customer_id == bindparam("customer"),
    PlanChangeOffer.status == OfferStatus.WAITING,
    PlanChangeOffer.expires_at > bindparam("now"),
)


@dataclass(frozen=True, kw_only=True)
class WaitingView:
    """
    An offer inside the service it is about.
    """

    id: str
    to_plan_name: str
    starts_on: date
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class OfferView:
    """
    An offered change: waiting, accepted, declined, withdrawn or expired; *quote_id* is what is offered now.
    """

    id: str
    status: str
    subscription_id: str
    from_plan_name: str
    to_plan_name: str
    starts_on: date
    expires_at: datetime
    quote_id: str
    change_id: str | None


def waiting_of(session: Session, customer_id: str) -> dict[str, WaitingView]:
    """
    Return the offers that wait for the customer's answer, by subscription.
    """
    return {
        row.subscription_id: WaitingView(
            id=row.id, to_plan_name=row.to_name, starts_on=row.starts_on, expires_at=row.expires_at
        )
        for row in session.execute(WAITING, {"customer": customer_id, "now": clock.now()})
    }


def find_offer(session: Session, *, customer_id: str, offer_id: str) -> OfferView:
    """
    Return an offer made to the customer.

    :raises NotFound: if there is none
    """
    offer = session.get(PlanChangeOffer, offer_id)
    if offer is None or offer.customer_id != customer_id:
        raise NotFound
    return offer_view(offer)


def last_offer(session: Session, subscription_id: str) -> OfferView | None:
    """
    Return the newest offer about a subscription, for staff.
    """
    newest = (
        select(PlanChangeOffer)
        .where(PlanChangeOffer.subscription_id == subscription_id)
        .order_by(PlanChangeOffer.id.desc())
        .limit(1)
    )
    offer = session.scalar(newest)
    return offer_view(offer) if offer else None


def last_offers_of(session: Session, customer_id: str) -> dict[str, OfferView]:
    """
    Return the newest offer about each of the customer's subscriptions, for staff.
    """
    query = select(PlanChangeOffer).where(PlanChangeOffer.customer_id == customer_id)
    found = session.scalars(query.order_by(PlanChangeOffer.id))
    return {each.subscription_id: offer_view(each) for each in found}


def offer_view(offer: PlanChangeOffer) -> OfferView:
    """
    Return how *offer* is shown.
    """
    return OfferView(
        id=offer.id,
        status=standing(offer.status, offer.expires_at, clock.now()).value,
        subscription_id=offer.subscription_id,
        from_plan_name=offer.from_name,
        to_plan_name=offer.to_name,
        starts_on=offer.starts_on,
        expires_at=offer.expires_at,
        quote_id=offer.quote_id,
        change_id=offer.change_id,
    )
