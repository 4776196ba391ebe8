"""The basket: kept by the server, one per customer, with a revision that If-Match can name."""

from typing import Any

from flask import Response, make_response
from marshmallow import Schema, fields, validate

from portal_gateway import queries
from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, expected_revision, subscriber, upstreams
from portal_gateway.domain.basket import Contents
from portal_gateway.usecases.add_to_basket import add_to_basket
from portal_gateway.usecases.change_basket_item import change_basket_item
from portal_gateway.usecases.check_ordering import check_ordering
from portal_gateway.usecases.find_sent_order import find_sent_order
from portal_gateway.usecases.remove_from_basket import empty_basket, remove_from_basket
from shared import clock
from shared.web.guard import principal
from shared.web.idempotency import reserved
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint(
    "basket", __name__, url_prefix="/api/v1", description="What the customer wishes to order"
)

MOST = 1000


class Addition(Schema):
    """
    A plan and how many of it.
    """

    plan_id = fields.String(required=True, validate=validate.Length(1, 40))
    quantity = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, MOST))


class Quantity(Schema):
    """
    How many of it.
    """

    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST))


class Item(Schema):
    """
    One line; *price* is the one remembered when it was put in.
    """

    id = fields.String()
    plan_id = fields.String()
    name = fields.String()
    kind = fields.String()
    quantity = fields.Integer()
    price = fields.Nested(wire.Amount)
    amount = fields.Nested(wire.Amount)
    interval_months = fields.Integer()


class Totals(Schema):
    """
    Full prices, before the first period is prorated: a quote tells what is due now.
    """

    total = fields.Nested(wire.Amount)
    monthly = fields.Nested(wire.Amount)


class Basket(Schema):
    """
    The basket at one revision; *order_id* is the undecided order it became.
    """

    id = fields.String(allow_none=True)
    revision = fields.Integer()
    count = fields.Integer()
    order_id = fields.String(allow_none=True)
    totals = fields.Nested(Totals)
    items = fields.List(fields.Nested(Item))


@blueprint.route("/basket", methods=["GET"])
@subscriber
@blueprint.response(200, Basket)
def get_basket() -> Response:
    """
    Show the basket.
    """
    check_ordering(database(), principal().partner_id)
    with database().read() as session:
        found = queries.basket(session, customer_id=principal().id, partner_id=principal().partner_id or "")
    return _shown(found)


@blueprint.route("/basket", methods=["DELETE"])
@subscriber
@blueprint.response(200, Basket)
def delete_basket() -> Response:
    """
    Take everything out.
    """
    expected = expected_revision()
    find_sent_order(database(), upstreams(), caller(), now=clock.real_now())
    with database().begin() as session:
        emptied = empty_basket(session, caller(), expected=expected, now=clock.real_now())
    return _shown(emptied)


@blueprint.route("/basket/items", methods=["POST"])
@subscriber
@reserved(required=False)
@blueprint.arguments(Addition)
@blueprint.response(201, Basket)
def post_item(body: dict[str, Any]) -> Response:
    """
    Put a plan in. Adding a plan that can be had once leaves it at one.
    """
    filled = add_to_basket(
        database(),
        upstreams(),
        caller(),
        plan_id=body["plan_id"],
        quantity=body["quantity"],
        expected=expected_revision(),
        now=clock.real_now(),
    )
    return _shown(filled, status=201)


@blueprint.route("/basket/items/<item_id>", methods=["PATCH"])
@subscriber
@blueprint.arguments(Quantity)
@blueprint.response(200, Basket)
def patch_item(body: dict[str, Any], item_id: str) -> Response:
    """
    Set the quantity of a line (If-Match required); this also accepts its present price.
    """
    changed = change_basket_item(
        database(),
        upstreams(),
        caller(),
        item_id=item_id,
        quantity=body["quantity"],
        expected=expected_revision(required=True),
        now=clock.real_now(),
    )
    return _shown(changed)


@blueprint.route("/basket/items/<item_id>", methods=["DELETE"])
@subscriber
@blueprint.response(200, Basket)
def delete_item(item_id: str) -> Response:
    """
    Take a line out.
    """
    expected = expected_revision()
    find_sent_order(database(), upstreams(), caller(), now=clock.real_now())
    with database().begin() as session:
        left = remove_from_basket(session, caller(), item_id=item_id, expected=expected, now=clock.real_now())
    return _shown(left)


def _shown(contents: Contents, *, status: int = 200) -> Response:
    answer = make_response(Basket().dump(present.basket(contents)), status)
    answer.set_etag(f"r{contents.revision}")
    return answer
