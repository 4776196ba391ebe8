"""Pay money onto a prepaid balance, or try again what failed: billing keeps the process, we wait a little."""

from typing import Any

from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Payment
from portal_gateway.clients.calls import Caller
from portal_gateway.usecases.order_with_payment import PATIENCE_SECONDS, once

PURPOSE = "balance"
UNDECIDED = "pending"


def top_up(
    upstreams: Upstreams,
    caller: Caller,
    *,
    target: dict[str, Any],
    payment: dict[str, Any],
    return_url: str,
    key: str,
) -> Payment:
    """
    Top up by *target* (``amount`` or ``retry_of``); return the payment as it is after at most five seconds.

    Whether the partner lets customers order does not matter: a service one has can always be kept on.
    """
    body = {**target, "payment": payment, "return_url": return_url}
    made: Payment = upstreams.billing.top_ups.begin(caller, body=body, key=once(caller, key))
    if made["status"] == UNDECIDED:
        made = upstreams.billing.payment(caller, made["id"], wait=PATIENCE_SECONDS)
    return made
