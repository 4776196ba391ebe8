"""What a customer may order; remembered for a minute per kind of customer, until any plan changes."""

from time import monotonic

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.clients.catalog import ASKED_ABOUT, Product
from portal_gateway.usecases.check_ordering import check_ordering
from shared.db import Database
from shared.errors import NotFound

REMEMBERED_SECONDS = 60
MOST_REMEMBERED = 500

_remembered: dict[tuple[object, ...], tuple[float, list[Product]]] = {}


def list_products(
    db: Database, upstreams: Upstreams, caller: Caller, *, kind: str | None = None
) -> list[Product]:
    """
    Return the plans this customer may order, in the order of the screens, of one *kind* when given.

    :raises FeatureDisabled: if the partner has ordering switched off
    """
    check_ordering(db, caller.partner_id)
    person = upstreams.customers.person(caller)
    with db.read() as session:
        stamp = queries.catalogue_stamp(session)
    key = (db.url, stamp, *(str(person.get(name)) for name in ASKED_ABOUT))
    products = _recalled(key)
    if products is None:
        products = upstreams.catalog.availability(person)
        _remember(key, products)
    return [product for product in products if kind is None or product["kind"] == kind]


def find_product(db: Database, upstreams: Upstreams, caller: Caller, *, plan_id: str) -> Product:
    """
    Return one plan this customer may order.

    :raises NotFound: if they may not, or there is no such plan
    """
    for product in list_products(db, upstreams, caller):
        if product["id"] == plan_id:
            return product
    raise NotFound


def _recalled(key: tuple[object, ...]) -> list[Product] | None:
    since, products = _remembered.get(key, (0.0, []))
    return products if since and monotonic() - since < REMEMBERED_SECONDS else None


def _remember(key: tuple[object, ...], products: list[Product]) -> None:
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[key] = (monotonic(), products)
