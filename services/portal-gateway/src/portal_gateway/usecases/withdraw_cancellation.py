"""Undo the end of a service before it has come: the service goes on."""

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.self_service import Cancelled


def withdraw_cancellation(upstreams: Upstreams, caller: Caller, *, cancellation_id: str) -> Cancelled:
    """
    Take the end back, also where nobody may ask for another.

    :raises NotFound: if the customer asked for no such end
    :raises Conflict: if the service has ended
    """
    return upstreams.billing.self_service.withdraw_end(caller, cancellation_id)
