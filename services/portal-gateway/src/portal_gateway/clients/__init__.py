"""The four services the gateway asks, each behind one class with a method per call used."""

from collections.abc import Callable
from dataclasses import dataclass
from time import sleep

from portal_gateway.clients.billing import Billing
from portal_gateway.clients.catalog import Catalog
from portal_gateway.clients.customers import Customers
from portal_gateway.clients.tickets import Tickets


@dataclass(frozen=True)
class Upstreams:
    """
    Everybody the gateway can ask; *pause* passes the seconds between two looks at the same thing.
    """

    customers: Customers
    catalog: Catalog
    billing: Billing
    tickets: Tickets
    pause: Callable[[float], object] = sleep
