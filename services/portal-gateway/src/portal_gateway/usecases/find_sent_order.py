"""
Find the order a basket became though nobody heard of it: billing had placed it, and its answer was lost.

A used quote leads to its order, so what was ordered cannot be ordered again by trying again.
"""

from datetime import datetime

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Order
from portal_gateway.clients.calls import Caller
from portal_gateway.domain import outcome
from portal_gateway.usecases.settle_basket import settle_basket, tie_basket
from shared.db import Database
from shared.errors import Conflict, NotFound


class AlreadyOrdered(Conflict, code="quote_used", title="You have ordered this already"):
    """
    The basket became an order; *params* names it.
    """


def find_sent_order(db: Database, upstreams: Upstreams, caller: Caller, *, now: datetime) -> None:
    """
    Do nothing for a basket that was never sent, or whose order is known; else tie it to its order, if any.

    :raises AlreadyOrdered: if there is one, and it did not come to nothing
    """
    with db.read() as session:
        basket = queries.basket(
            session, customer_id=caller.customer_id or "", partner_id=caller.partner_id or ""
        )
    if basket.sent_quote_id and not basket.order_id:
        refuse_ordered(db, upstreams, caller, quote_id=basket.sent_quote_id, now=now)


def refuse_ordered(
    db: Database, upstreams: Upstreams, caller: Caller, *, quote_id: str, now: datetime
) -> None:
    """
    Tie the basket to the order its quote became; one that came to nothing sets it free for another try.

    :raises AlreadyOrdered: if the quote became an order that did not come to nothing
    """
    order = order_of(db, upstreams, caller, quote_id=quote_id, now=now)
    if order is None or order["status"] in outcome.BAD:
        return
    raise AlreadyOrdered(
        params={"order_id": order["id"], "number": order["number"]},
        actions=[
            {
                "rel": "order",
                "title": "See the order",
                "method": "GET",
                "href": f"/api/v1/orders/{order['id']}",
            }
        ],
    )


def order_of(
    db: Database, upstreams: Upstreams, caller: Caller, *, quote_id: str, now: datetime
) -> Order | None:
    """
    Return the order the quote became, if any, with the basket tied to it, or settled where it is decided.
    """
    order_id = _order_id(upstreams, caller, quote_id)
    if order_id is None:
        return None
    order = upstreams.billing.order(caller, order_id)
    with db.begin() as session:
        tie_basket(session, customer_id=caller.customer_id or "", quote_id=quote_id, order_id=order_id)
        settle_basket(session, order_id=order_id, status=order["status"], now=now)
    return order


def _order_id(upstreams: Upstreams, caller: Caller, quote_id: str) -> str | None:
    try:
        return upstreams.billing.quote(caller, quote_id).get("order_id")
    except NotFound:  # billing forgets old quotes nobody ordered
        return None
