"""Confirm a quoted pause: billing books exactly that."""

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.self_service import Paused
from portal_gateway.usecases.find_pause import insist_on_pausing
from portal_gateway.usecases.order_with_payment import once
from shared.db import Database


def book_pause(
    db: Database, upstreams: Upstreams, caller: Caller, *, quote_id: str, reason: str, key: str
) -> Paused:
    """
    Book what was quoted; it is undone until it begins.

    :raises NotFound: if the customer has no such quote
    :raises FeatureDisabled: if their partner lets nobody pause services in the portal (any more)
    """
    insist_on_pausing(db, caller)
    body = {"quote_id": quote_id, "reason": reason}
    return upstreams.billing.self_service.pause(caller, body=body, key=once(caller, key))
