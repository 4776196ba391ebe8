"""Undo a booked change of plan before its moment: the plan stays, nothing is charged."""

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.plan_changes import Booked


def withdraw_plan_change(upstreams: Upstreams, caller: Caller, *, change_id: str) -> Booked:
    """
    Take the change back.

    :raises NotFound: if the customer has no such change
    :raises Conflict: if it was applied already
    """
    return upstreams.billing.changes.withdraw(caller, change_id)
