"""Set how many of something is in the basket, and accept the price it has now."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.domain import basket as rules
from portal_gateway.usecases.add_to_basket import offered, put
from portal_gateway.usecases.check_ordering import check_ordering
from portal_gateway.usecases.find_sent_order import find_sent_order
from portal_gateway.usecases.open_basket import held, open_basket
from shared.db import Database
from shared.errors import NotFound


def change_basket_item(
    db: Database,
    upstreams: Upstreams,
    caller: Caller,
    *,
    item_id: str,
    quantity: int,
    expected: int | None,
    now: datetime,
) -> rules.Contents:
    """
    Set the quantity of a line, accept its present price, and return the basket.

    :raises NotFound: if there is no such line
    :raises AlreadyOrdered: if it was ordered, and nobody knew
    """
    check_ordering(db, caller.partner_id)
    find_sent_order(db, upstreams, caller, now=now)
    with db.read() as session:
        product = offered(upstreams, caller, _plan_of(session, caller, item_id))
    with db.begin() as session:
        row = open_basket(session, caller, expected=expected, now=now)
        put(row, held(row, item_id), product, quantity)
        session.flush()
        return queries.contents(row, product["price"]["currency"])


def _plan_of(session: Session, caller: Caller, item_id: str) -> str:
    basket = queries.basket(session, customer_id=caller.customer_id or "", partner_id=caller.partner_id or "")
    for item in basket.items:
        if item.id == item_id:
            return item.plan_id
    raise NotFound
