"""Have billing say what a pause gives back, line by line, and hold that."""

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.self_service import ServiceQuote
from portal_gateway.usecases.find_pause import insist_on_pausing
from shared.db import Database


def quote_pause(
    db: Database, upstreams: Upstreams, caller: Caller, service_id: str, days: tuple[str, str]
) -> ServiceQuote:
    """
    Return what resting from the first to the last of *days* (ISO dates, both included) comes to.

    :raises NotFound: if the customer has no such service
    :raises FeatureDisabled: if their partner lets nobody pause services in the portal
    :raises Invalid: if these days are not among those allowed
    """
    limits = insist_on_pausing(db, caller).pause_limits
    return upstreams.billing.self_service.quote(
        caller, kind="pause", subscription_id=service_id, start_on=days[0], last_on=days[1], limits=limits
    )
