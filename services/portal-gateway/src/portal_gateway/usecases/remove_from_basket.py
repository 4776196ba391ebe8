"""Take one thing, or everything, out of the basket."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal_gateway import queries
from portal_gateway.clients.calls import Caller
from portal_gateway.domain import basket as rules
from portal_gateway.usecases.open_basket import held, open_basket


def remove_from_basket(
    session: Session, caller: Caller, *, item_id: str, expected: int | None, now: datetime
) -> rules.Contents:
    """
    Take a line out and return the basket.

    :raises NotFound: if there is no such line
    """
    row = open_basket(session, caller, expected=expected, now=now)
    item = held(row, item_id)
    row.items.remove(item)
    session.flush()
    return queries.contents(row, item.currency)


def empty_basket(session: Session, caller: Caller, *, expected: int | None, now: datetime) -> rules.Contents:
    """
    Take everything out and return the empty basket.
    """
    row = open_basket(session, caller, expected=expected, now=now)
    row.items.clear()
    session.flush()
    return queries.basket(session, customer_id=caller.customer_id or "", partner_id=row.partner_id)
