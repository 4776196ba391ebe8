"""Pay an order whose payment failed, with the same means or another."""

from datetime import datetime
from typing import Any

from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Payment
from portal_gateway.clients.calls import Caller
from portal_gateway.usecases.check_ordering import FeatureDisabled, check_ordering
from portal_gateway.usecases.order_with_payment import PATIENCE_SECONDS, once, settled
from portal_gateway.usecases.settle_basket import tie_again
from shared.db import Database

UNDECIDED = "pending"


def retry_payment(
    db: Database,
    upstreams: Upstreams,
    caller: Caller,
    *,
    order_id: str,
    payment: dict[str, Any],
    return_url: str,
    key: str,
    now: datetime,
) -> Payment:
    """
    Make a new payment for the order, and return it with what is known after at most five seconds.

    :raises FeatureDisabled: if the partner does not take payments in the portal
    """
    if not check_ordering(db, caller.partner_id).accept_payment:
        raise FeatureDisabled("Paying in the portal is switched off.")
    _tie_basket(db, upstreams, caller, order_id)
    body = {"order_id": order_id, "payment": payment, "return_url": return_url}
    made = upstreams.billing.pay(caller, body=body, key=once(caller, key))
    if made["status"] == UNDECIDED:
        made = upstreams.billing.payment(caller, made["id"], wait=PATIENCE_SECONDS)
    if made["status"] == "succeeded":
        settled(db, upstreams.billing.order(caller, order_id), now=now)
    return made


def _tie_basket(db: Database, upstreams: Upstreams, caller: Caller, order_id: str) -> None:
    # The failure freed the basket; left so, what is paid for now would wait in it to be ordered again.
    order = upstreams.billing.order(caller, order_id)
    ordered = {line["plan_id"] for line in order["lines"] if line["plan_id"]}
    with db.begin() as session:
        tie_again(session, customer_id=caller.customer_id or "", order_id=order_id, plan_ids=ordered)
