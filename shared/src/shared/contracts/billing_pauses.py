"""Facts the billing service states about services that pause; ``contracts.billing`` names them all."""

from dataclasses import dataclass
from datetime import date

from shared.contracts.event import Event
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class SubscriptionPauseBooked(Event, name="billing.subscription_pause_booked", subject="pause_id"):
    """
    A subscription will rest from *from_on* until the end of *last_on* (None: until somebody says so).

    *billed*: its days are charged all the same. *message* is for the customer, *reason* what they said.
    """

    pause_id: str
    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    plan_name: str
    from_on: date
    last_on: date | None = None
    billed: bool = False
    message: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SubscriptionPauseWithdrawn(Event, name="billing.subscription_pause_withdrawn", subject="pause_id"):
    """
    A booked pause was undone before it began, or came to nothing: the subscription goes on.
    """

    pause_id: str
    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    plan_name: str
    from_on: date


@dataclass(frozen=True, kw_only=True)
class SubscriptionPaused(Event, name="billing.subscription_paused", subject="pause_id"):
    """
    A subscription rests since *on*, as was booked; *credited* is what days paid ahead gave back.

    Told again when its last day moves.
    """

    pause_id: str
    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    plan_name: str
    on: date
    last_on: date | None = None
    billed: bool = False
    credited: Money | None = None


@dataclass(frozen=True, kw_only=True)
class SubscriptionResumed(Event, name="billing.subscription_resumed", subject="pause_id"):
    """
    A subscription that rested works again from *on* on; *billed*: it was charged all the time.
    """

    pause_id: str
    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    plan_name: str
    on: date
    billed: bool = False
