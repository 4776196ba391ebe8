"""Changes of plan that are offered to the customer: look at one, accept exactly that, or decline."""

from typing import Any

from flask import request
from marshmallow import Schema, fields, validate

from portal_gateway.api.caller import caller, subscriber, upstreams
from portal_gateway.clients.plan_changes import Offer
from portal_gateway.usecases.answer_offer import answer_offer
from shared.web.idempotency import reserved
from shared.web.strict import Blueprint

blueprint = Blueprint(
    "plan-change-offers", __name__, url_prefix="/api/v1", description="Changes of plan that are offered"
)


class Offered(Schema):
    """
    An offered change: waiting, accepted, declined, withdrawn or expired. What it costs is the quote's to say.
    """

    id = fields.String()
    status = fields.String()
    service_id = fields.String()
    from_plan_name = fields.String()
    to_plan_name = fields.String()
    starts_on = fields.String()
    expires_at = fields.String()
    quote_id = fields.String()
    change_id = fields.String(allow_none=True)


class Answer(Schema):
    """
    The customer's answer, and the quote they were shown.
    """

    answer = fields.String(required=True, validate=validate.OneOf(["accepted", "declined"]))
    quote_id = fields.String(required=True, validate=validate.Length(1, 40))


@blueprint.route("/plan-change-offers/<offer_id>", methods=["GET"])
@subscriber
@blueprint.response(200, Offered)
def get_offer(offer_id: str) -> dict[str, Any]:
    """
    Show an offered change; it is found in the service it is about.
    """
    return _shown(upstreams().billing.changes.offer(caller(), offer_id))


@blueprint.route("/plan-change-offers/<offer_id>/answers", methods=["POST"])
@subscriber
@reserved()
@blueprint.arguments(Answer)
@blueprint.response(201, Offered)
def post_answer(body: dict[str, str], offer_id: str) -> dict[str, Any]:
    """
    Accept or decline (Idempotency-Key required); a price that moved is 409 quote_changed with a new quote.
    """
    key = request.headers["Idempotency-Key"]
    return _shown(answer_offer(upstreams(), caller(), offer_id=offer_id, key=key, **body))


def _shown(offer: Offer) -> dict[str, Any]:
    return {**offer, "service_id": offer["subscription_id"]}
