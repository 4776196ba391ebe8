"""Put a plan in the basket, at the version and price the catalogue has for this customer now."""

from datetime import datetime

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.catalog import Product
from portal_gateway.domain import basket as rules
from portal_gateway.models import Basket, BasketItem
from portal_gateway.usecases.check_ordering import check_ordering
from portal_gateway.usecases.find_sent_order import find_sent_order
from portal_gateway.usecases.open_basket import open_basket
from shared.db import Database
from shared.errors import FieldError, Invalid
from shared.ids import new_id
from shared.money import Money
from shared.texts import Text


class ProductNotAvailable(Invalid, code="product_not_available", title="This product cannot be ordered"):
    """
    The catalogue does not offer this plan to this customer.
    """


def add_to_basket(
    db: Database,
    upstreams: Upstreams,
    caller: Caller,
    *,
    plan_id: str,
    quantity: int,
    expected: int | None,
    now: datetime,
) -> rules.Contents:
    """
    Add so many of a plan and return the basket.

    :raises ProductNotAvailable: if this customer may not order it
    :raises Invalid: if it would be more than one may order
    :raises AlreadyOrdered: if what was in it was ordered, and nobody knew
    :raises PreconditionFailed: if the basket is not at revision *expected*
    """
    check_ordering(db, caller.partner_id)
    find_sent_order(db, upstreams, caller, now=now)
    product = offered(upstreams, caller, plan_id)
    with db.begin() as session:
        row = open_basket(session, caller, expected=expected, now=now)
        held = next((item for item in row.items if item.plan_id == plan_id), None)
        wanted = rules.merged(held.quantity if held else 0, quantity, largest=product["max_quantity"])
        put(row, held or _new(row), product, wanted)
        session.flush()
        return queries.contents(row, product["price"]["currency"])


def offered(upstreams: Upstreams, caller: Caller, plan_id: str) -> Product:
    """
    Return the plan as this customer may order it now.

    :raises ProductNotAvailable: if they may not
    """
    person = upstreams.customers.person(caller)
    offered = upstreams.catalog.availability(person, [plan_id])
    if not offered:
        raise ProductNotAvailable(
            FieldError("#/plan_id", "product_not_available", "Choose one of the products shown to you.")
        )
    return offered[0]


def put(row: Basket, item: BasketItem, product: Product, quantity: int) -> None:
    """
    Set a line to *quantity* of the product as it is offered now.

    :raises Invalid: if it is more than one may order
    """
    _refuse_too_many(row, product, quantity)
    price = Money.parse(**product["price"])
    item.plan_id, item.plan_version = product["id"], product["version"]
    item.name, item.kind, item.quantity = product["name"], product["kind"], quantity
    item.price_minor, item.currency = price.minor, price.currency
    item.interval_months = product["interval_months"]


def _refuse_too_many(row: Basket, product: Product, quantity: int) -> None:
    largest = product["max_quantity"]
    if not rules.allowed(quantity, largest=largest):
        detail = (
            Text("Choose 1 to %(most)s.", {"most": largest})
            if largest > 1
            else Text("You can order this once.")
        )
        raise Invalid(FieldError("#/quantity", "out_of_range", detail))
    if len(row.items) > rules.LARGEST:
        words = "A basket holds %(most)s products."
        raise Invalid(FieldError("#/plan_id", "out_of_range", words, {"most": rules.LARGEST}))


def _new(row: Basket) -> BasketItem:
    item = BasketItem(id=new_id("bit"))
    row.items.append(item)
    return item
