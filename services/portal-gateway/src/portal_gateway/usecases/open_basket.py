"""Hold a customer's basket while it is changed, and move its revision on."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal_gateway.clients.calls import Caller
from portal_gateway.models import Basket, BasketItem
from shared.errors import NotFound
from shared.ids import new_id
from shared.web.errors import PreconditionFailed


def open_basket(session: Session, caller: Caller, *, expected: int | None, now: datetime) -> Basket:
    """
    Return the customer's basket for a change, made now if there was none.

    The change ends the quote made from it and its tie to an order.

    :raises PreconditionFailed: if it is not at revision *expected*
    """
    customer_id, partner_id = caller.customer_id or "", caller.partner_id or ""
    row = session.scalar(select(Basket).where(Basket.customer_id == customer_id).with_for_update())
    if expected is not None and expected != (row.version if row else 0):
        raise PreconditionFailed
    return moved(row or _made(session, customer_id, partner_id, now), now)


def moved(row: Basket, now: datetime) -> Basket:
    """
    Move the revision on: what was quoted or ordered from the old one is no longer this basket.
    """
    row.version += 1
    row.quote_id = row.quote_ends_at = row.quote = row.checked = None
    row.sent_quote_id = row.order_id = None
    row.changed_at = now
    return row


def held(row: Basket, item_id: str) -> BasketItem:
    """
    Return one line of the basket.

    :raises NotFound: if there is no such line
    """
    for item in row.items:
        if item.id == item_id:
            return item
    raise NotFound


def _made(session: Session, customer_id: str, partner_id: str, now: datetime) -> Basket:
    row = Basket(id=new_id("bas"), customer_id=customer_id, partner_id=partner_id, version=0, changed_at=now)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # two first clicks at once: the other one made it
        return session.scalars(
            select(Basket).where(Basket.customer_id == customer_id).with_for_update()
        ).one()
    return row
