"""Offer a quoted change of plan to its customer, who accepts exactly that or declines; or take it back."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.change import Source
from billing.domain.offer import OfferClosed, OfferStatus, OfferWaiting, open_until, standing
from billing.models import Account, PlanChangeOffer, Quote, Subscription
from billing.queries.plan_change_guards import check_change
from billing.usecases.lock_account import lock_account
from billing.usecases.place_order import QuoteExpired, QuoteUsed
from billing.usecases.write_audit import write_audit
from shared import clock, context
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import NotFound
from shared.ids import new_id

ONE_DAY = timedelta(days=1)


def offer_plan_change(session: Session, *, customer_id: str, quote_id: str, now: datetime) -> PlanChangeOffer:
    """
    Have the quoted change wait for the customer's consent, its price held as long; nothing is booked.

    :raises NotFound: if the customer has no such quote
    :raises QuoteUsed: if it was booked
    :raises QuoteExpired: if it is older than 15 minutes
    :raises OfferWaiting: if another offer waits for an answer
    :raises Conflict: if the subscription may not be changed (``domain/change.py``)
    """
    quote = session.get(Quote, quote_id)
    if quote is None or quote.customer_id != customer_id or quote.subscription_id is None:
        raise NotFound
    account = lock_account(session, customer_id=customer_id)
    session.refresh(quote, ["change_id", "expires_at"])
    if quote.change_id is not None:
        raise QuoteUsed("You have booked this already.", params={"change_id": quote.change_id})
    if now >= quote.expires_at:
        raise QuoteExpired("Ask for a new price; it takes a second.")
    subscription = session.get_one(Subscription, quote.subscription_id, populate_existing=True)
    check_change(session, subscription, source=Source.ADMIN)
    _make_room(session, account, subscription.id, now=now)
    offer = _offer(account, subscription, quote, now=now)
    quote.expires_at = offer.expires_at
    session.add(offer)
    _tell(session, offer)
    noted = {"to": offer.to_name, "on": offer.starts_on}
    write_audit(session, account, action="plan_change_offered", target=offer.id, now=now, **noted)
    session.flush()
    return offer


def withdraw_offer(
    session: Session, *, offer_id: str, partner_ids: frozenset[str] | None, now: datetime
) -> PlanChangeOffer:
    """
    Take the offer back; twice is fine.

    :raises NotFound: if there is no such offer among *partner_ids* (None: all)
    :raises OfferClosed: if it was answered
    """
    offer = session.get(PlanChangeOffer, offer_id)
    if offer is None or (partner_ids is not None and offer.partner_id not in partner_ids):
        raise NotFound
    account = lock_account(session, customer_id=offer.customer_id)
    session.refresh(offer)
    if offer.status in (OfferStatus.ACCEPTED, OfferStatus.DECLINED):
        raise OfferClosed("The customer has answered already.")
    if offer.status is OfferStatus.WAITING:
        close_offer(session, account, offer, OfferStatus.WITHDRAWN, now=now)
    return offer


def close_offer(
    session: Session, account: Account, offer: PlanChangeOffer, status: OfferStatus, *, now: datetime
) -> None:
    """
    Note what became of a waiting offer of the locked *account*, and tell it.
    """
    offer.status, offer.closed_at = status, now
    offer.version += 1
    tell(
        session,
        facts.PlanChangeOfferClosed(
            offer_id=offer.id,
            subscription_id=offer.subscription_id,
            customer_id=offer.customer_id,
            partner_id=offer.partner_id,
            version=offer.version,
            to_plan_name=offer.to_name,
            starts_on=offer.starts_on,
            status=status.value,
            change_id=offer.change_id,
        ),
    )
    action = f"plan_change_offer_{status.value}"
    write_audit(session, account, action=action, target=offer.id, now=now, to=offer.to_name)
    session.flush()


def _make_room(session: Session, account: Account, subscription_id: str, *, now: datetime) -> None:
    waiting = (
        PlanChangeOffer.subscription_id == subscription_id,
        PlanChangeOffer.status == OfferStatus.WAITING,
    )
    before = session.scalar(select(PlanChangeOffer).where(*waiting))
    if before is None:
        return
    if standing(before.status, before.expires_at, now) is OfferStatus.WAITING:
        raise OfferWaiting(
            "The customer has not answered the offer of %(plan)s. Take it back first.",
            params={"plan": before.to_name, "offer_id": before.id},
        )
    close_offer(session, account, before, OfferStatus.EXPIRED, now=now)


def _offer(account: Account, subscription: Subscription, quote: Quote, *, now: datetime) -> PlanChangeOffer:
    day_over = clock.start_of(quote.starts_on + ONE_DAY, account.timezone)
    return PlanChangeOffer(
        id=new_id("off"),
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        version=1,
        subscription_id=subscription.id,
        from_name=subscription.name,
        to_name=quote.details["plan_name"],
        starts_on=quote.starts_on,
        quote_id=quote.id,
        status=OfferStatus.WAITING,
        actor=context.current().actor,
        created_at=now,
        expires_at=open_until(now, day_over),
    )


def _tell(session: Session, offer: PlanChangeOffer) -> None:
    tell(
        session,
        facts.PlanChangeOffered(
            offer_id=offer.id,
            subscription_id=offer.subscription_id,
            customer_id=offer.customer_id,
            partner_id=offer.partner_id,
            version=offer.version,
            from_plan_name=offer.from_name,
            to_plan_name=offer.to_name,
            starts_on=offer.starts_on,
            expires_at=offer.expires_at,
        ),
    )
