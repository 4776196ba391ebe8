"""Facts the billing service states about services that are to end; ``contracts.billing`` names them all."""

from dataclasses import dataclass
from datetime import date

from shared.contracts.event import Event
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class SubscriptionEndBooked(Event, name="billing.subscription_end_booked", subject="subscription_id"):
    """
    A subscription will work until the end of *last_on*; *fee* is what that costs (None: nothing).

    *source* is portal (its customer asked for it) or admin, *reason* what they said. Told again when the day
    moves.
    """

    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    plan_name: str
    last_on: date
    fee: Money | None = None
    source: str = "admin"
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SubscriptionEndWithdrawn(Event, name="billing.subscription_end_withdrawn", subject="subscription_id"):
    """
    A booked end was undone: the subscription goes on.
    """

    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    plan_name: str
