"""Saved cards; their numbers only ever meet the payment provider."""

from typing import Any
from urllib.parse import urlsplit

from flask.typing import ResponseReturnValue
from flask_babel import gettext
from marshmallow import Schema, fields, validate

from portal_gateway.api import wire
from portal_gateway.api.caller import caller, settings, subscriber, upstreams
from shared.errors import FieldError, Invalid
from shared.settings import origin
from shared.web.strict import Blueprint

blueprint = Blueprint("payment-methods", __name__, url_prefix="/api/v1", description="Saved cards")


class PaymentMethod(Schema):
    """
    A saved card.
    """

    id = fields.String()
    label = wire.PaidWith(metadata={"example": "Visa ending 4242"})
    brand = fields.String()
    last4 = fields.String()
    exp_month = fields.Integer()
    exp_year = fields.Integer()
    default = fields.Boolean()


class PaymentMethods(Schema):
    """
    The customer's saved cards.
    """

    items = fields.List(fields.Nested(PaymentMethod))


class Preference(Schema):
    """
    That it is the default one; to have another, make that the default.
    """

    default = fields.Boolean(
        required=True,
        truthy={True},
        falsy={False},
        validate=validate.OneOf([True]),
        metadata={"example": True},
    )


class SetUp(Schema):
    """
    Where the provider's page leads back to: an address of this portal.
    """

    return_url = fields.String(validate=validate.Length(1, 500))


class HostedPage(Schema):
    """
    The provider's page.
    """

    url = fields.String()


@blueprint.route("/payment-methods", methods=["GET"])
@subscriber
@blueprint.response(200, PaymentMethods)
def get_payment_methods() -> dict[str, Any]:
    """
    List the saved cards.
    """
    return {"items": upstreams().billing.payment_methods(caller())}


@blueprint.route("/payment-methods/setup", methods=["POST"])
@subscriber
@blueprint.arguments(SetUp)
@blueprint.response(201, HostedPage)
def post_setup(body: dict[str, str]) -> dict[str, str]:
    """
    Get the address of the provider's page where a card is saved.
    """
    back = own_url(body.get("return_url")) or f"{settings().portal_url}/portal/order"
    return {"url": upstreams().billing.set_up_payment_method(caller(), return_url=back)}


@blueprint.route("/payment-methods/<method_id>", methods=["PATCH"])
@subscriber
@blueprint.arguments(Preference)
@blueprint.response(200, PaymentMethod)
def patch_payment_method(_body: dict[str, bool], method_id: str) -> Any:
    """
    Make a saved card the default: the one that is offered first and charged when nobody chooses.
    """
    return upstreams().billing.prefer_payment_method(caller(), method_id)


@blueprint.route("/payment-methods/<method_id>", methods=["DELETE"])
@subscriber
@blueprint.response(204)
def delete_payment_method(method_id: str) -> ResponseReturnValue:
    """
    Forget a saved card.
    """
    upstreams().billing.forget_payment_method(caller(), method_id)
    return "", 204


def own_url(url: str | None) -> str | None:
    """
    Return *url* if it leads back to this portal.

    :raises Invalid: if it leads elsewhere: nobody may use our payments to send customers to their own site
    """
    if url is None:
        return None
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" != origin(settings().portal_url) or "\\" in url:
        detail = gettext("Use an address that starts with %(url)s.", url=settings().portal_url)
        raise Invalid(FieldError("#/return_url", "not_allowed", detail))
    return url


def result_page() -> str:
    """
    Return the page of the portal that tells how a payment went; billing fills the payment's id in.
    """
    return f"{settings().portal_url}/portal/payments/{{payment_id}}"
