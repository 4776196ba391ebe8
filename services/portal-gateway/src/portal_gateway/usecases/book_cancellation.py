"""Confirm a quoted end of a service: billing books exactly that."""

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.self_service import Cancelled
from portal_gateway.usecases.find_cancellation import insist_on_cancelling
from portal_gateway.usecases.order_with_payment import once
from shared.db import Database


def book_cancellation(
    db: Database, upstreams: Upstreams, caller: Caller, *, quote_id: str, reason: str, key: str
) -> Cancelled:
    """
    Book what was quoted; it is undone until the service has ended.

    :raises NotFound: if the customer has no such quote
    :raises FeatureDisabled: if their partner lets nobody end services in the portal (any more)
    """
    insist_on_cancelling(db, caller)
    body = {"quote_id": quote_id, "reason": reason}
    return upstreams.billing.self_service.end(caller, body=body, key=once(caller, key))
