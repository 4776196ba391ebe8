"""What a front end renders from before anybody has signed in."""

from typing import Any

from marshmallow import Schema, fields

from portal_gateway import queries
from portal_gateway.api import wire
from portal_gateway.api.caller import settings, visitor
from portal_gateway.domain.basket import LARGEST
from portal_gateway.domain.portal_settings import BOUNDS, CHANGE_FIELDS, Effective
from shared.ui.language import LANGUAGES
from shared.web.guard import principal
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint(
    "portal-config", __name__, url_prefix="/api/v1", description="How this portal is set up"
)


class Brand(Schema):
    """
    The provider.
    """

    id = fields.String()
    name = fields.String()
    title = fields.String()
    hue = fields.Integer()


class Help(Schema):
    """
    How to reach the provider.
    """

    phone = fields.String()
    email = fields.String()


class Features(Schema):
    """
    What the provider offers in the portal.
    """

    ordering = fields.Boolean()
    accept_payment = fields.Boolean()
    order_modes = fields.List(fields.String())
    pause = fields.Boolean()
    cancel = fields.Boolean()
    plan_change_modes = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))


class PortalConfig(Schema):
    """
    Brand, languages, menu, features, limits and help of this portal; *terms* are agreed to by ordering.
    """

    partner = fields.Nested(Brand)
    currency = fields.String()
    timezone = fields.String()
    languages = fields.List(fields.String())
    menu = fields.List(fields.String())
    features = fields.Nested(Features)
    limits = fields.Dict(keys=fields.String(), values=fields.Integer())
    help = fields.Nested(Help)
    terms = fields.Nested(wire.Terms, allow_none=True)
    sandbox = fields.Boolean()


@blueprint.route("/portal-config", methods=["GET"])
@visitor
@blueprint.response(200, PortalConfig)
def get_config() -> dict[str, Any]:
    """
    Tell how the portal of the signed-in customer's provider is set up, or that of the Default provider.
    """
    with database().read() as session:
        partner = queries.partner(session, principal().partner_id)
        portal = queries.effective_settings(session, partner.id)
    return {
        "partner": vars(partner),
        "currency": partner.currency,
        "timezone": partner.timezone,
        "languages": [each for each in partner.languages if each in LANGUAGES],
        "menu": portal.menu,
        "features": {
            "ordering": portal.ordering_enabled,
            "accept_payment": portal.ordering_enabled and portal.accept_payment,
            "order_modes": order_modes(portal),
            "pause": portal.lets_pause,
            "cancel": portal.lets_cancel,
            "plan_change_modes": {kind: portal.change_modes(kind) for kind in CHANGE_FIELDS},
        },
        "limits": {"basket_items": LARGEST, **{name: getattr(portal, name) for name in BOUNDS}},
        "help": {"phone": partner.help_phone, "email": partner.help_email},
        "terms": portal.terms,
        "sandbox": not settings().in_production,
    }


def order_modes(portal: Effective) -> list[str]:
    """
    Return the ways an order may be sent.
    """
    if not portal.ordering_enabled:
        return []
    return ["payment", "request"] if portal.accept_payment else ["request"]
