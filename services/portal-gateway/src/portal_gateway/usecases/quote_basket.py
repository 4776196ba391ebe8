"""
Have billing price the basket and hold that price.

One revision of a basket has one quote while it is open, so two tabs cannot order it twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import update

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Quote, Wanted
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.catalog import Product
from portal_gateway.domain import basket as rules
from portal_gateway.models import Basket
from portal_gateway.usecases.check_ordering import check_ordering
from portal_gateway.usecases.find_sent_order import refuse_ordered
from shared.db import Database
from shared.errors import Conflict
from shared.money import Money
from shared.texts import Text

FRESH = timedelta(minutes=5)  # a quote with less left is made anew, so that there is time to read it


class BasketEmpty(Conflict, code="basket_empty", title="Your basket is empty."):
    """
    There is nothing to price.
    """


class BasketChanged(Conflict, code="basket_changed", title="Prices have changed"):
    """
    A price moved since the product was put in; setting the line's quantity again accepts the new one.
    """


class NoLongerAvailable(
    Conflict, code="product_not_available", title="This product cannot be ordered any more"
):
    """
    Something in the basket is no longer offered to this customer.
    """


def quote_basket(db: Database, upstreams: Upstreams, caller: Caller, *, now: datetime) -> Quote:
    """
    Return the quote of the basket as it is now.

    :raises AlreadyOrdered: if it was ordered, though the answer may have been lost
    :raises BasketEmpty: if there is nothing in it
    :raises BasketChanged: if a price moved since
    :raises NoLongerAvailable: if something is not offered any more
    """
    check_ordering(db, caller.partner_id)
    basket, timezone, seen = _basket(db, caller)
    if basket.sent_quote_id:
        refuse_ordered(db, upstreams, caller, quote_id=basket.sent_quote_id, now=now)
        basket, timezone, seen = _basket(db, caller)
    if not basket.items:
        raise BasketEmpty
    person = upstreams.customers.person(caller)
    wanted = _wanted(basket, upstreams.catalog.availability(person, [item.plan_id for item in basket.items]))
    quote = _held(upstreams, caller, basket, wanted, now) or upstreams.billing.quote_order(
        caller, items=wanted, billing_type=person["billing_type"], timezone=timezone
    )
    _keep(db, basket, quote, seen)
    return quote


def _basket(db: Database, caller: Caller) -> tuple[rules.Contents, str, str | None]:
    with db.read() as session:
        found = queries.basket(
            session, customer_id=caller.customer_id or "", partner_id=caller.partner_id or ""
        )
        seen = queries.seen_of(session, caller.customer_id or "")
        return found, queries.partner(session, caller.partner_id).timezone, seen


def _wanted(basket: rules.Contents, offered: Sequence[Product]) -> list[Wanted]:
    by_id = {product["id"]: product for product in offered}
    gone = [item.name for item in basket.items if item.plan_id not in by_id]
    if gone:
        raise NoLongerAvailable("Not available any more: %(names)s.", params={"names": gone})
    prices = {plan_id: Money.parse(**product["price"]) for plan_id, product in by_id.items()}
    moved = rules.price_changes(basket.items, prices)
    if moved:
        raise BasketChanged(
            Text("%(changes)s.", {"changes": [_in_words(each) for each in moved]}),
            params={"items": [{"item_id": each.item_id, "name": each.name} for each in moved]},
        )
    return [
        Wanted(plan_id=item.plan_id, version=by_id[item.plan_id]["version"], quantity=item.quantity)
        for item in basket.items
    ]


def _in_words(moved: rules.PriceChange) -> Text:
    params = {"name": moved.name, "old": moved.old, "new": moved.new}
    return Text("%(name)s went from %(old)s to %(new)s", params)


def _held(
    upstreams: Upstreams, caller: Caller, basket: rules.Contents, wanted: list[Wanted], now: datetime
) -> Quote | None:
    if basket.quote_id is None or basket.quote_ends_at is None or basket.quote_ends_at - now < FRESH:
        return None
    if any(item.version != now_sold["version"] for item, now_sold in zip(basket.items, wanted, strict=True)):
        return None
    quote = upstreams.billing.quote(caller, basket.quote_id)
    return quote if quote["status"] == "open" else None


def _keep(db: Database, basket: rules.Contents, quote: Quote, seen: str | None) -> None:
    if (quote["id"], seen) == (basket.quote_id, basket.checked):
        return
    with db.begin() as session:
        session.execute(
            update(Basket)
            .where(Basket.id == basket.id, Basket.version == basket.revision)
            .values(
                quote_id=quote["id"],
                quote_ends_at=datetime.fromisoformat(quote["expires_at"]),
                quote=quote,
                checked=seen,
            )
        )
