"""The customer portal: pages over the same use cases as the public API."""

from portal_gateway.portal import (
    bills,
    checkout,
    home,
    order,
    services,
    settings,
    shell,
    sign_in,
    status,
    support,
)

BLUEPRINTS = [
    part.blueprint for part in (sign_in, home, services, order, checkout, status, bills, support, settings)
]

__all__ = ["BLUEPRINTS", "shell"]
