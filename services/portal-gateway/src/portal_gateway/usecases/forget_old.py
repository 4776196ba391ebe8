"""Delete what nobody will ask for again: streamed events, ended sessions, forgotten baskets."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from portal_gateway.domain.basket import KEPT
from portal_gateway.models import Basket, BasketItem, LiveEvent, PortalSession, RateHit
from shared.db import Database
from shared.web import idempotency

STREAMED = timedelta(days=1)
SESSIONS = timedelta(days=30)  # kept a while for the list of devices and for questions


def forget_old(db: Database, *, now: datetime) -> None:
    """
    Delete what is older than it needs to be; *now* is real time.
    """
    with db.begin() as session:
        session.execute(delete(LiveEvent).where(LiveEvent.at < now - STREAMED))
        session.execute(delete(PortalSession).where(PortalSession.ends_at < now - SESSIONS))
        session.execute(delete(RateHit).where(RateHit.at < now - STREAMED))
        idempotency.forget_old(session)
        old = Basket.changed_at < now - KEPT
        session.execute(delete(BasketItem).where(BasketItem.basket_id.in_(select(Basket.id).where(old))))
        session.execute(delete(Basket).where(old))
