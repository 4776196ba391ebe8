"""Have billing say what a change of plan costs, line by line, and hold that price."""

from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.plan_changes import ChangeQuote
from portal_gateway.usecases.find_plan_changes import Options


def quote_plan_change(
    upstreams: Upstreams, caller: Caller, options: Options, *, plan_id: str, start_on: str | None = None
) -> ChangeQuote:
    """
    Return what changing the service of *options* costs from *start_on* (ISO date; None: as soon as possible).

    :raises NoPlansAvailable: if the plan is none it can become
    :raises Invalid: if it cannot start on that day
    """
    target = options.target(plan_id)
    return upstreams.billing.changes.quote(
        caller,
        subscription_id=options.service["id"],
        plan_id=plan_id,
        version=target["version"],
        start_on=start_on or options.possible["dates"]["earliest_on"],
    )
