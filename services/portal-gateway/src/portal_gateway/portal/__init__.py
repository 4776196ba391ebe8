"""The customer portal: pages over the same use cases as the public API."""

from portal_gateway.portal import (
    bills,
    checkout,
    home,
    order,
    plan_change,
    services,
    settings,
    shell,
    sign_in,
    status,
    support,
)

BLUEPRINTS = [
    part.blueprint
    for part in (sign_in, home, services, plan_change, order, checkout, status, bills, support, settings)
]

__all__ = ["BLUEPRINTS", "shell"]
