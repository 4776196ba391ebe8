"""What the customer has; facts and billing call it a subscription."""

from typing import Any

from marshmallow import Schema, fields

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, subscriber, upstreams
from shared.web.strict import Blueprint

blueprint = Blueprint("services", __name__, url_prefix="/api/v1", description="What the customer has")


class Services(Schema):
    """
    Every service, ended ones included.
    """

    items = fields.List(fields.Nested(wire.Service))


@blueprint.route("/services", methods=["GET"])
@subscriber
@blueprint.response(200, Services)
def get_services() -> dict[str, Any]:
    """
    List the customer's services.
    """
    return {"items": [present.service(each) for each in upstreams().billing.subscriptions(caller())]}


@blueprint.route("/services/<service_id>", methods=["GET"])
@subscriber
@blueprint.response(200, wire.Service)
def get_service(service_id: str) -> dict[str, Any]:
    """
    Tell about one service.
    """
    return present.service(upstreams().billing.subscription(caller(), service_id))
