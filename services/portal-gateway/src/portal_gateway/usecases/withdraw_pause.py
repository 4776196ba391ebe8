"""Undo a pause before it begins: the service goes on."""

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.self_service import Paused


def withdraw_pause(upstreams: Upstreams, caller: Caller, *, pause_id: str) -> Paused:
    """
    Take the pause back, also where nobody may book another.

    :raises NotFound: if the customer has no such pause
    :raises Conflict: if it has begun, or staff booked it
    """
    return upstreams.billing.self_service.withdraw_pause(caller, pause_id)
