"""Send what was quoted as a request: somebody confirms it, and it is paid later."""

from datetime import datetime

from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Order
from portal_gateway.clients.calls import Caller
from portal_gateway.domain.portal_settings import Channel, Effective
from portal_gateway.usecases.check_ordering import check_ordering
from portal_gateway.usecases.order_with_payment import PATIENCE_SECONDS, Confirmation, placed, settled
from shared.db import Database
from shared.failpoint import failpoint


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
    body = {"mode": "request", **_destination(settings)}
    order = placed(db, upstreams, caller, confirmed, settings, body=body)
    failpoint("gateway.order.waiting")
    if _is_awaited(order):
        order = upstreams.billing.order(caller, order["id"], wait=PATIENCE_SECONDS)
    settled(db, order, now=now)
    return order


def _destination(settings: Effective) -> dict[str, str | None]:
    by_mail = settings.order_channel == Channel.EMAIL
    return {"channel": settings.order_channel, "send_to": settings.order_email if by_mail else None}


def _is_awaited(order: Order) -> bool:
    if order["status"] == "placed":
        return True
    by_ticket = order["channel"] == Channel.TICKETS and order["ticket_id"] is None
    return by_ticket and order["status"] == "awaiting_approval"
