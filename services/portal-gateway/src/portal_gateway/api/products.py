"""What the signed-in customer may order."""

from typing import Any

from flask import Response, make_response
from marshmallow import Schema, fields, validate

from portal_gateway.api import wire
from portal_gateway.api.caller import caller, subscriber, upstreams
from portal_gateway.usecases.list_products import find_product, list_products
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint("products", __name__, url_prefix="/api/v1", description="What may be ordered")

KINDS = ("bundle", "internet", "voice", "recurring", "one_time")


class Asked(Schema):
    """
    One kind only.
    """

    kind = fields.String(validate=validate.OneOf(KINDS))


class Product(Schema):
    """
    A plan; *price* is per *interval_months* months, or once when that is 0; per *prepaid_days* days where
    that is not 0. A contract lasts *contract_months* (0: none) and begins again with *auto_renewal*; ending
    before that costs the *early_end_fee*, later the *cancellation_fee*. *included_mb* of data come with each
    period.
    """

    id = fields.String()
    version = fields.Integer()
    kind = fields.String()
    name = fields.String()
    description = fields.String()
    details = fields.String()
    bullets = fields.List(fields.String())
    price = fields.Nested(wire.Amount)
    interval_months = fields.Integer()
    prepaid_days = fields.Integer()
    included_mb = fields.Integer()
    activation_fee = fields.Nested(wire.Amount)
    contract_months = fields.Integer()
    auto_renewal = fields.Boolean()
    cancellation_fee = fields.Nested(wire.Amount)
    early_end_fee = fields.Nested(wire.Amount)
    max_quantity = fields.Integer()
    members = fields.List(fields.Nested(wire.PlanName))


class Products(Schema):
    """
    In the order of the screens: bundles, internet, voice, recurring, one-time.
    """

    items = fields.List(fields.Nested(Product))


@blueprint.route("/products", methods=["GET"])
@subscriber
@blueprint.arguments(Asked, location="query")
@blueprint.response(200, Products)
def get_products(asked: dict[str, str]) -> Response:
    """
    List what this customer may order.
    """
    found = list_products(database(), upstreams(), caller(), kind=asked.get("kind"))
    return _for_a_minute(Products().dump({"items": found}))


@blueprint.route("/products/<product_id>", methods=["GET"])
@subscriber
@blueprint.response(200, Product)
def get_product(product_id: str) -> Response:
    """
    Tell about one plan this customer may order.
    """
    found = find_product(database(), upstreams(), caller(), plan_id=product_id)
    return _for_a_minute(Product().dump(found))


def _for_a_minute(body: Any) -> Response:
    answer = make_response(body)
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer
