"""
Time travel and forced payment results, for front-end developers; production does not have these routes.

No session is asked for: everybody who can reach a sandbox may move its clock. A foreign page cannot: the body
must be JSON, which browsers do not send to another site without asking us first, and we never agree.
"""

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate

from portal_gateway.api.caller import settings, upstreams
from portal_gateway.usecases.move_clock import move_clock
from shared import clock
from shared.errors import NotFound
from shared.web.access import public
from shared.web.strict import Blueprint

blueprint = Blueprint("sandbox", __name__, url_prefix="/api/v1/sandbox", description="Sandbox only")


class ClockSetting(Schema):
    """
    The business time it should be; null for real time.
    """

    now = fields.AwareDateTime(required=True, allow_none=True, metadata={"example": "2026-12-01T08:00:00Z"})


class Clock(Schema):
    """
    The business time it is.
    """

    now = fields.AwareDateTime()
    real_now = fields.AwareDateTime()


class NextResult(Schema):
    """
    How the next payment ends.
    """

    result = fields.String(required=True, validate=validate.Length(1, 40))


class Forced(Schema):
    """
    What was agreed with the provider.
    """

    result = fields.String()


@blueprint.route("/clock", methods=["GET"])
@public
@blueprint.response(200, Clock)
def get_clock() -> dict[str, datetime]:
    """
    Tell business time.
    """
    _refuse_in_production()
    return {"now": clock.now(), "real_now": clock.real_now()}


@blueprint.route("/clock", methods=["PUT"])
@public
@blueprint.arguments(ClockSetting)
@blueprint.response(200, Clock)
def put_clock(body: dict[str, datetime | None]) -> dict[str, datetime]:
    """
    Move business time for every process of this installation.
    """
    _refuse_in_production()
    return {"now": move_clock(body["now"]), "real_now": clock.real_now()}


@blueprint.route("/payments/next-result", methods=["POST"])
@public
@blueprint.arguments(NextResult)
@blueprint.response(200, Forced)
def post_next_result(body: dict[str, str]) -> Any:
    """
    Decide how the next payment ends, whatever the card.
    """
    _refuse_in_production()
    upstreams().billing.force_next_result(body["result"])
    return body


def _refuse_in_production() -> None:
    if settings().in_production:
        raise NotFound
