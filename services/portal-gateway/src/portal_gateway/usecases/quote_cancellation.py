"""Have billing say what ending a service comes to, line by line, and hold that."""

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.self_service import ServiceQuote
from portal_gateway.usecases.find_cancellation import insist_on_cancelling
from shared.db import Database


def quote_cancellation(
    db: Database, upstreams: Upstreams, caller: Caller, service_id: str, last_on: str
) -> ServiceQuote:
    """
    Return what working until the end of *last_on* (an ISO date) comes to.

    :raises NotFound: if the customer has no such service
    :raises FeatureDisabled: if their partner lets nobody end services in the portal
    :raises Invalid: if that day is not among those allowed
    """
    limits = insist_on_cancelling(db, caller).cancel_limits
    return upstreams.billing.self_service.quote(
        caller, kind="cancellation", subscription_id=service_id, last_on=last_on, limits=limits
    )
