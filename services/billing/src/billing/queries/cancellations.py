"""Ends of services that their customers asked for, as they are shown."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from billing.domain.self_service import A_DAY
from billing.domain.subscription import WORKING
from billing.models import Account, Quote, Subscription
from shared import clock
from shared.errors import NotFound
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class CancellationView:
    """
    A service works until the end of *last_on*, and ending it costs *fee*: booked, ended or withdrawn.

    It can be undone until *undo_until*, if at all.
    """

    id: str
    subscription_id: str
    status: str
    last_on: date
    fee: Money | None
    undo_until: datetime | None


def find_cancellation(session: Session, *, customer_id: str, cancellation_id: str) -> CancellationView:
    """
    Return an end the customer asked for; one that was undone is known as long as its quote is.

    :raises NotFound: if they asked for no such end
    """
    held = ended_by(session, customer_id, cancellation_id)
    if held is not None:
        account = session.get_one(Account, customer_id)
        found = cancellation_view(held, account.timezone)
        assert found is not None
        return found
    quote = session.scalar(
        select(Quote).where(Quote.change_id == cancellation_id, Quote.customer_id == customer_id)
    )
    if quote is None or quote.kind != "cancellation":
        raise NotFound
    return CancellationView(
        id=cancellation_id,
        subscription_id=quote.subscription_id or "",
        status="withdrawn",
        last_on=date.fromisoformat(quote.details["last_on"]),
        fee=None,
        undo_until=None,
    )


def ended_by(session: Session, customer_id: str, cancellation_id: str) -> Subscription | None:
    """
    Return the service of the customer that ends, or ended, by that wish of theirs.
    """
    query = select(Subscription).where(
        Subscription.customer_id == customer_id, Subscription.cancellation_id == cancellation_id
    )
    return session.scalar(query.order_by(Subscription.id).limit(1))


def cancellation_view(held: Subscription | Row[Any], timezone: str) -> CancellationView | None:
    """
    Return how the end that a service's customer asked for is shown; None where they asked for none.
    """
    if held.cancellation_id is None or held.ends_on is None:
        return None
    works = held.status in WORKING
    return CancellationView(
        id=held.cancellation_id,
        subscription_id=held.id,
        status="booked" if works else "ended",
        last_on=held.ends_on,
        fee=Money(held.end_fee_minor, held.currency) if held.end_fee_minor else None,
        undo_until=clock.start_of(held.ends_on + A_DAY, timezone) if works else None,
    )
