"""
May staff add this plan for this customer, and if not, what stands in the way.

The catalogue decides what the portal offers; these are its rules for staff, on our own copies. Where *Hide
tariff on Admin portal* is off, location, category and labels limit the portal only. What another partner
sells, or sells to customers billed in another way, nobody adds, as nobody changes to it.
"""

from dataclasses import dataclass
from enum import StrEnum

from shared.errors import Conflict


class Obstacle(StrEnum):
    """
    One reason, in the order in which people look for it.
    """

    NOT_SOLD = "not_sold"
    PARTNER = "partner"
    CURRENCY = "currency"
    BILLING_TYPE = "billing_type"
    LOCATION = "location"
    CATEGORY = "category"
    LABELS = "labels"


class CustomerInactive(Conflict, code="customer_inactive", title="This customer is inactive"):
    """
    Nothing is added for somebody who is inactive.
    """


@dataclass(frozen=True, kw_only=True)
class Limits:
    """
    Who may have a plan; an empty list does not limit.
    """

    on_sale: bool
    currency: str
    hidden_on_admin: bool
    partner_ids: tuple[str, ...] = ()
    billing_types: tuple[str, ...] = ()
    location_ids: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    label_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Holder:
    """
    What the answer depends on of a customer; without *label_ids* (None) their place and labels are not known.
    """

    partner_id: str
    currency: str
    billing_type: str
    category: str
    location_id: str | None = None
    label_ids: tuple[str, ...] | None = ()


def obstacles(limits: Limits, holder: Holder) -> tuple[Obstacle, ...]:
    """
    Return every reason against it; none means staff may add the plan.
    """
    location = (holder.location_id,) if holder.location_id else ()
    hides = limits.hidden_on_admin
    places = hides and holder.label_ids is not None
    against = (
        (Obstacle.NOT_SOLD, not limits.on_sale),
        (Obstacle.PARTNER, _misses(limits.partner_ids, (holder.partner_id,))),
        (Obstacle.CURRENCY, limits.currency != holder.currency),
        (Obstacle.BILLING_TYPE, _misses(limits.billing_types, (holder.billing_type,))),
        (Obstacle.LOCATION, places and _misses(limits.location_ids, location)),
        (Obstacle.CATEGORY, hides and _misses(limits.categories, (holder.category,))),
        (Obstacle.LABELS, places and _misses(limits.label_ids, holder.label_ids or ())),
    )
    return tuple(obstacle for obstacle, stands in against if stands)


def _misses(allowed: tuple[str, ...], has: tuple[str, ...]) -> bool:
    return bool(allowed) and not set(allowed) & set(has)
