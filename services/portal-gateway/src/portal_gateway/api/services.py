"""What the customer has; facts and billing call it a subscription."""

from typing import Any

from marshmallow import Schema, fields

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, subscriber, upstreams
from portal_gateway.usecases.home import detailed
from portal_gateway.usecases.show_service import one_service
from shared.web.strict import Blueprint

blueprint = Blueprint("services", __name__, url_prefix="/api/v1", description="What the customer has")


class Services(Schema):
    """
    Every service, ended ones included.
    """

    items = fields.List(fields.Nested(wire.Service))


class Moment(Schema):
    """
    Something that happened to a service, or (*done* is false) will: *code* ordered, approved, activated,
    plan_changed, price_changed, paused, resumed, stopped, returned or ended.

    *amount* is the price from then on, *before* the one until then; *last_on* the last day of a pause.
    """

    on = fields.String()
    code = fields.String()
    label = fields.String()
    done = fields.Boolean()
    name = fields.String()
    amount = fields.Nested(wire.Amount, allow_none=True)
    before = fields.Nested(wire.Amount, allow_none=True)
    last_on = fields.String(allow_none=True)
    order_id = fields.String(allow_none=True)


class ServiceTimeline(Schema):
    """
    The moments of a service.
    """

    items = fields.List(fields.Nested(Moment))


class DataChange(Schema):
    """
    One change of the data: *reason* granted, used, rolled_over, expired or taken_back.
    """

    at = fields.String()
    reason = fields.String()
    kind = fields.String()
    amount_mb = fields.Integer()


class Usage(wire.Data):
    """
    With what no data covered, and the latest changes, newest first.
    """

    uncovered_mb = fields.Integer()
    history = fields.List(fields.Nested(DataChange))


@blueprint.route("/services", methods=["GET"])
@subscriber
@blueprint.response(200, Services)
def get_services() -> dict[str, Any]:
    """
    List the customer's services.
    """
    held = detailed(upstreams().billing.summary(caller()))
    return {"items": [present.service(each) for each in held]}


@blueprint.route("/services/<service_id>", methods=["GET"])
@subscriber
@blueprint.response(200, wire.Service)
def get_service(service_id: str) -> dict[str, Any]:
    """
    Tell about one service.
    """
    return present.service(one_service(upstreams(), caller(), service_id))


@blueprint.route("/services/<service_id>/timeline", methods=["GET"])
@subscriber
@blueprint.response(200, ServiceTimeline)
def get_timeline(service_id: str) -> dict[str, Any]:
    """
    Tell what happened to a service and to the plans before it, and what is booked, in order of days.
    """
    story = upstreams().billing.timeline(caller(), service_id)
    return {"items": [present.moment(each) for each in story]}


@blueprint.route("/services/<service_id>/usage", methods=["GET"])
@subscriber
@blueprint.response(200, Usage)
def get_usage(service_id: str) -> dict[str, Any]:
    """
    Tell how much data a service has left, of which lots, and what became of it.
    """
    return upstreams().billing.usage(caller(), service_id)
