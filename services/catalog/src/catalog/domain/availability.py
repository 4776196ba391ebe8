"""
May this customer order this plan - and if not, which layers stand in the way.

Billing type, partner, location, category and labels each limit a plan unless their list is empty; of labels
one match is enough (decision D24). *Hide tariff on Admin portal* makes the limits bind staff too.
"""

from dataclasses import dataclass
from enum import StrEnum

from catalog.domain.plan import Content


class Layer(StrEnum):
    """
    One condition, in the order in which people look for the reason.
    """

    RETIRED = "retired"
    ENABLED = "enabled"
    PORTAL = "portal"
    BILLING_TYPE = "billing_type"
    PARTNER = "partner"
    LOCATION = "location"
    CATEGORY = "category"
    LABELS = "labels"


class Audience(StrEnum):
    """
    Who wants the plan: the customer, staff for the customer, or the customer in place of another plan.

    For a change the present plan's own list says what is shown: the other need not be sold new in the portal.
    """

    PORTAL = "portal"
    ADMIN = "admin"
    CHANGE = "change"


@dataclass(frozen=True, kw_only=True)
class Customer:
    """
    What the answer depends on.
    """

    partner_id: str
    category: str
    billing_type: str
    location_id: str | None = None
    label_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """
    Why not: the plan is for *allowed*, the customer has *has*. Both are empty for on/off layers.
    """

    layer: Layer
    allowed: tuple[str, ...] = ()
    has: tuple[str, ...] = ()


def obstacles(
    plan: Content, customer: Customer, *, audience: Audience = Audience.PORTAL, retired: bool = False
) -> list[Obstacle]:
    """
    Return every layer that stands in the way; none means the customer may have the plan.
    """
    found = []
    if retired:
        found.append(Obstacle(layer=Layer.RETIRED))
    if not plan.enabled:
        found.append(Obstacle(layer=Layer.ENABLED))
    if audience is Audience.PORTAL and not plan.shown_on_portal:
        found.append(Obstacle(layer=Layer.PORTAL))
    if audience is not Audience.ADMIN or plan.hidden_on_admin:
        found += _limits(plan, customer)
    return found


def _limits(plan: Content, customer: Customer) -> list[Obstacle]:
    layers = (
        (Layer.BILLING_TYPE, plan.billing_types, (customer.billing_type,)),
        (Layer.PARTNER, plan.partner_ids, (customer.partner_id,)),
        (Layer.LOCATION, plan.location_ids, (customer.location_id,) if customer.location_id else ()),
        (Layer.CATEGORY, plan.categories, (customer.category,)),
        (Layer.LABELS, plan.label_ids, customer.label_ids),
    )
    return [
        Obstacle(layer=layer, allowed=allowed, has=has)
        for layer, allowed, has in layers
        if allowed and not set(allowed) & set(has)
    ]
