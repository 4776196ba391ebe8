"""Keep the basket until its order is decided: a good end empties it, a bad one frees it for another try."""

from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from portal_gateway.domain import outcome
from portal_gateway.models import Basket
from portal_gateway.usecases.open_basket import moved


def tie_basket(session: Session, *, customer_id: str, quote_id: str, order_id: str) -> None:
    """
    Remember what the basket became, if this quote was made from it as it is.
    """
    session.execute(
        update(Basket)
        .where(Basket.customer_id == customer_id)
        .where(or_(Basket.quote_id == quote_id, Basket.sent_quote_id == quote_id))
        .values(order_id=order_id)
    )


def tie_again(session: Session, *, customer_id: str, order_id: str, plan_ids: set[str]) -> None:
    """
    Tie a basket to an order that is tried again, if it is free and still holds what was ordered.
    """
    row = session.scalar(select(Basket).where(Basket.customer_id == customer_id).with_for_update())
    if row is not None and row.order_id is None and {item.plan_id for item in row.items} == plan_ids:
        row.order_id = order_id


def settle_basket(session: Session, *, order_id: str, status: str, now: datetime) -> None:
    """
    Empty the basket this order came from, or free it; does nothing while the order is undecided.
    """
    done, over = outcome.empties_basket(status), status in outcome.BAD
    if not (done or over):
        return
    row = session.scalar(select(Basket).where(Basket.order_id == order_id).with_for_update())
    if row is None:
        return
    if done:
        row.items.clear()
    moved(row, now)
