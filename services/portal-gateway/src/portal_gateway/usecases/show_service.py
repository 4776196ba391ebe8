"""One service with all that is known about it; what only a service that is down knows is left out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Subscription
from portal_gateway.clients.bills import Invoice
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.catalog import Product
from portal_gateway.usecases.home import detailed
from shared.errors import Unavailable

LATEST_BILLS = 12
Known = TypeVar("Known")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """
    A service, the *facts* of its plan (empty: it is not on offer now), its *story* and latest *bills*.

    None: that cannot be told right now. *more*: there are older bills.
    """

    service: Subscription
    facts: list[Product] | None
    story: list[dict[str, Any]] | None
    bills: list[Invoice] | None
    more: bool


def one_service(upstreams: Upstreams, caller: Caller, service_id: str) -> Subscription:
    """
    Return a service of the caller, with what prepaid adds.

    :raises NotFound: if they have no such service
    """
    held = {each["id"]: each for each in detailed(upstreams.billing.summary(caller))}
    return held.get(service_id) or upstreams.billing.subscription(caller, service_id)


def show_service(upstreams: Upstreams, caller: Caller, service_id: str) -> Shown:
    """
    Return all the details page of a service shows.

    :raises NotFound: if they have no such service
    """
    service = one_service(upstreams, caller, service_id)
    found = _if_up(
        lambda: upstreams.billing.bills.all(caller, subscription_id=service_id, limit=LATEST_BILLS)
    )
    return Shown(
        service=service,
        facts=_if_up(lambda: _facts(upstreams, caller, service["plan_id"])),
        story=_if_up(lambda: upstreams.billing.timeline(caller, service_id)),
        bills=found["items"] if found else None,
        more=bool(found and found.get("next")),
    )


def _facts(upstreams: Upstreams, caller: Caller, plan_id: str) -> list[Product]:
    person = upstreams.customers.person(caller)
    return upstreams.catalog.availability(person, [plan_id])


def _if_up(ask: Callable[[], Known]) -> Known | None:
    try:
        return ask()
    except Unavailable:
        return None
