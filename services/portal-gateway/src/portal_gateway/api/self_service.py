"""Pausing and ending a service: what is possible, booking exactly what was quoted, and taking it back."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, portal_settings, subscriber, upstreams
from portal_gateway.usecases.book_cancellation import book_cancellation
from portal_gateway.usecases.book_pause import book_pause
from portal_gateway.usecases.find_cancellation import find_cancellation
from portal_gateway.usecases.find_pause import find_pause
from portal_gateway.usecases.withdraw_cancellation import withdraw_cancellation
from portal_gateway.usecases.withdraw_pause import withdraw_pause
from shared.ui.service_words import END_REASONS, PAUSE_REASONS
from shared.web.idempotency import reserved
from shared.web.strict import Blueprint
from shared.web.wiring import database

blueprint = Blueprint(
    "self-service", __name__, url_prefix="/api/v1", description="Pausing and ending a service"
)


class PauseOptions(Schema):
    """
    From *earliest_on*, for at most *longest_days*; *left* more are allowed for now.
    """

    service_id = fields.String()
    earliest_on = fields.String()
    longest_days = fields.Integer()
    left = fields.Integer()
    refusal = fields.Nested(wire.NotNow, allow_none=True)


class LastDay(Schema):
    """
    A last day worth offering: *code* is earliest, paid_until or contract_end.
    """

    on = fields.String()
    code = fields.String()
    label = fields.String()


class CancellationOptions(Schema):
    """
    From *earliest_on*. Before *contract_ends_on* it costs *early_fee*, later *later_fee*.

    *equipment* says what happens to what was lent.
    """

    service_id = fields.String()
    earliest_on = fields.String()
    suggested = fields.List(fields.Nested(LastDay))
    contract_ends_on = fields.String(allow_none=True)
    contract_renews = fields.Boolean()
    early_fee = fields.Nested(wire.Amount, allow_none=True)
    later_fee = fields.Nested(wire.Amount, allow_none=True)
    equipment = fields.String(allow_none=True)
    refusal = fields.Nested(wire.NotNow, allow_none=True)


class PauseConfirmed(Schema):
    """
    The quote to confirm, and why, if the customer says so.
    """

    quote_id = fields.String(required=True, validate=validate.Length(1, 40))
    reason = fields.String(load_default="", validate=validate.OneOf(["", *PAUSE_REASONS]))


class EndConfirmed(Schema):
    """
    The quote to confirm, and why, if the customer says so.
    """

    quote_id = fields.String(required=True, validate=validate.Length(1, 40))
    reason = fields.String(load_default="", validate=validate.OneOf(["", *END_REASONS]))


class ServicePause(wire.Pause):
    """
    A pause of a service: booked, running, over, withdrawn or lapsed.
    """

    service_id = fields.String()
    links = fields.Dict()


class ServiceCancellation(wire.Cancellation):
    """
    An end the customer asked for: booked, ended or withdrawn.
    """

    service_id = fields.String()
    status = fields.String()
    links = fields.Dict()


@blueprint.route("/services/<service_id>/pause-options", methods=["GET"])
@subscriber
@blueprint.response(200, PauseOptions)
def get_pause_options(service_id: str) -> dict[str, Any]:
    """
    Tell from when, for how long and how often still a service may pause.
    """
    return {**find_pause(database(), upstreams(), caller(), service_id), "service_id": service_id}


@blueprint.route("/services/<service_id>/cancellation-options", methods=["GET"])
@subscriber
@blueprint.response(200, CancellationOptions)
def get_cancellation_options(service_id: str) -> dict[str, Any]:
    """
    Tell from when a service may end, and what that costs.
    """
    found = find_cancellation(database(), upstreams(), caller(), service_id)
    suggested = [present.last_day(each) for each in found["suggested"]]
    equipment = portal_settings().equipment_note or None
    return {**found, "service_id": service_id, "suggested": suggested, "equipment": equipment}


@blueprint.route("/service-pauses", methods=["POST"])
@subscriber
@reserved()
@blueprint.arguments(PauseConfirmed)
@blueprint.response(201, ServicePause)
def post_pause(body: dict[str, str]) -> ResponseReturnValue:
    """
    Book a quoted pause (Idempotency-Key required); it can be undone until it begins.
    """
    key = request.headers["Idempotency-Key"]
    booked = book_pause(database(), upstreams(), caller(), key=key, **body)
    here = url_for("self-service.get_pause", pause_id=booked["id"])
    return present.service_pause(booked), 201, {"Location": here}


@blueprint.route("/service-pauses/<pause_id>", methods=["GET"])
@subscriber
@blueprint.response(200, ServicePause)
def get_pause(pause_id: str) -> dict[str, Any]:
    """
    Tell where a pause stands.
    """
    return present.service_pause(upstreams().billing.self_service.find_pause(caller(), pause_id))


@blueprint.route("/service-pauses/<pause_id>", methods=["DELETE"])
@subscriber
@blueprint.response(200, ServicePause)
def delete_pause(pause_id: str) -> dict[str, Any]:
    """
    Undo a pause before it begins.
    """
    return present.service_pause(withdraw_pause(upstreams(), caller(), pause_id=pause_id))


@blueprint.route("/service-cancellations", methods=["POST"])
@subscriber
@reserved()
@blueprint.arguments(EndConfirmed)
@blueprint.response(201, ServiceCancellation)
def post_cancellation(body: dict[str, str]) -> ResponseReturnValue:
    """
    Book a quoted end (Idempotency-Key required); it can be undone while the service works.
    """
    key = request.headers["Idempotency-Key"]
    booked = book_cancellation(database(), upstreams(), caller(), key=key, **body)
    here = url_for("self-service.get_cancellation", cancellation_id=booked["id"])
    return present.service_cancellation(booked), 201, {"Location": here}


@blueprint.route("/service-cancellations/<cancellation_id>", methods=["GET"])
@subscriber
@blueprint.response(200, ServiceCancellation)
def get_cancellation(cancellation_id: str) -> dict[str, Any]:
    """
    Tell where an end stands.
    """
    found = upstreams().billing.self_service.find_end(caller(), cancellation_id)
    return present.service_cancellation(found)


@blueprint.route("/service-cancellations/<cancellation_id>", methods=["DELETE"])
@subscriber
@blueprint.response(200, ServiceCancellation)
def delete_cancellation(cancellation_id: str) -> dict[str, Any]:
    """
    Undo an end before it has come: nothing was charged or given back.
    """
    gone = withdraw_cancellation(upstreams(), caller(), cancellation_id=cancellation_id)
    return present.service_cancellation(gone)
