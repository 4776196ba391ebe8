"""The four services the gateway asks, each behind one class with a method per call used."""

from dataclasses import dataclass

from portal_gateway.clients.billing import Billing
from portal_gateway.clients.catalog import Catalog
from portal_gateway.clients.customers import Customers
from portal_gateway.clients.tickets import Tickets


@dataclass(frozen=True)
class Upstreams:
    """
    Everybody the gateway can ask.
    """

    customers: Customers
    catalog: Catalog
    billing: Billing
    tickets: Tickets
