"""Pay bills that are open, or try again what failed: billing keeps the process, we wait a little."""

from typing import Any

from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Payment
from portal_gateway.clients.calls import Caller
from portal_gateway.usecases.order_with_payment import PATIENCE_SECONDS, once

UNDECIDED = "pending"


def pay_bills(
    upstreams: Upstreams,
    caller: Caller,
    *,
    target: dict[str, Any],
    payment: dict[str, Any],
    return_url: str,
    key: str,
) -> Payment:
    """
    Pay *target* (``invoice_ids`` or ``retry_of``); return the payment as it is after at most five seconds.

    Whether the partner lets customers order does not matter: what is owed can always be paid.
    """
    body = {**target, "payment": payment, "return_url": return_url}
    made = upstreams.billing.pay(caller, body=body, key=once(caller, key))
    if made["status"] == UNDECIDED:
        made = upstreams.billing.payment(caller, made["id"], wait=PATIENCE_SECONDS)
    return made
