"""Facts the billing service states about changes of plan that staff offers to a customer."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.contracts.event import Event


@dataclass(frozen=True, kw_only=True)
class PlanChangeOffered(Event, name="billing.plan_change_offered", subject="offer_id"):
    """
    A change of plan waits for its customer's consent until *expires_at*; nothing is booked.
    """

    offer_id: str
    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    from_plan_name: str
    to_plan_name: str
    starts_on: date
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class PlanChangeOfferClosed(Event, name="billing.plan_change_offer_closed", subject="offer_id"):
    """
    An offered change was accepted (*change_id* is what was booked), declined, withdrawn, or has expired.
    """

    offer_id: str
    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    to_plan_name: str
    starts_on: date
    status: str
    change_id: str | None = None
