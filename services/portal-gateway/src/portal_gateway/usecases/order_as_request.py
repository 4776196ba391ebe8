"""Send what was quoted as a request: somebody confirms it, and it is paid later."""

from datetime import datetime
from time import monotonic

from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Order
from portal_gateway.clients.calls import Caller
from portal_gateway.domain.portal_settings import Channel, Effective
from portal_gateway.usecases.check_ordering import check_ordering
from portal_gateway.usecases.order_with_payment import PATIENCE_SECONDS, Confirmation, placed, settled
from shared.db import Database
from shared.failpoint import failpoint

LOOK_AGAIN_SECONDS = 0.1


def order_as_request(
    db: Database, upstreams: Upstreams, caller: Caller, confirmed: Confirmation, *, now: datetime
) -> Order:
    """
    Place the order as a request, and return it with its ticket's number if that comes in time.

    :raises FeatureDisabled: if the partner does not let customers order
    :raises NoLongerAvailable: if something quoted is not offered to this customer any more
    """
    settings = check_ordering(db, caller.partner_id)
    failpoint("gateway.order.before_billing")
    order = placed(db, upstreams, caller, confirmed, body={"mode": "request", **_destination(settings)})
    failpoint("gateway.order.waiting")
    order = _with_ticket(upstreams, caller, order)
    settled(db, order, now=now)
    return order


def _destination(settings: Effective) -> dict[str, str | None]:
    by_mail = settings.order_channel == Channel.EMAIL
    return {"channel": settings.order_channel, "send_to": settings.order_email if by_mail else None}


def _with_ticket(upstreams: Upstreams, caller: Caller, order: Order) -> Order:
    deadline = monotonic() + PATIENCE_SECONDS
    while _is_awaited(order) and monotonic() < deadline:
        upstreams.pause(LOOK_AGAIN_SECONDS)
        order = upstreams.billing.order(caller, order["id"])
    return order


def _is_awaited(order: Order) -> bool:
    if order["status"] == "placed":
        return True
    by_ticket = order["channel"] == Channel.TICKETS and order["ticket_id"] is None
    return by_ticket and order["status"] == "awaiting_approval"
