"""Changes of plan that staff offers: look at one, accept exactly that, or decline."""

from typing import Any

from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from billing.domain.offer import OfferClosed
from billing.queries.offers import OfferView, find_offer
from billing.usecases.answer_offer import accept_offer, decline_offer, renew_offer
from billing.usecases.quote_order import QuoteChanged
from shared import clock
from shared.errors import NotAllowed
from shared.web.access import customer_id, portal, principal
from shared.web.errors import answer_refusal
from shared.web.fields import Id
from shared.web.idempotency import idempotent, transaction
from shared.web.strict import Blueprint
from shared.web.wiring import database

api = Blueprint("plan_change_offers", __name__, url_prefix="/api/v1")


class OfferSchema(Schema):
    """
    An offered change of plan: waiting, accepted, declined, withdrawn or expired.
    """

    id = fields.String()
    status = fields.String()
    subscription_id = fields.String()
    from_plan_name = fields.String()
    to_plan_name = fields.String()
    starts_on = fields.Date()
    expires_at = fields.AwareDateTime()
    quote_id = fields.String()
    change_id = fields.String()


class AnswerRequest(Schema):
    """
    The customer's answer; who accepts names the quote they were shown.
    """

    answer = fields.String(required=True, validate=validate.OneOf(["accepted", "declined"]))
    quote_id = Id("quo", required=True)


@api.get("/plan-change-offers/<offer_id>")
@portal
@api.response(200, OfferSchema)
def show(offer_id: str) -> OfferView:
    """
    Show an offer; what it costs is its quote.
    """
    with database().read() as session:
        return find_offer(session, customer_id=customer_id(), offer_id=offer_id)


@api.post("/plan-change-offers/<offer_id>/answers")
@portal
@idempotent()
@api.arguments(AnswerRequest)
@api.response(201, OfferSchema)
def answer(body: dict[str, Any], offer_id: str) -> OfferView | ResponseReturnValue:
    """
    Accept or decline. Where the price has moved since, the answer 409 ``quote_changed`` names the new quote.
    """
    if principal().impersonated:
        raise NotAllowed("Only the customer can answer this.")
    mine, now = customer_id(), clock.now()
    with transaction() as session:
        if body["answer"] == "declined":
            decline_offer(session, customer_id=mine, offer_id=offer_id, now=now)
            return find_offer(session, customer_id=mine, offer_id=offer_id)
        quote_id = body["quote_id"]
        try:
            accept_offer(session, customer_id=mine, offer_id=offer_id, quote_id=quote_id, now=now)
        except QuoteChanged as refusal:
            renewed = renew_offer(session, customer_id=mine, offer_id=offer_id, quote_id=quote_id, now=now)
            if renewed is None:
                return answer_refusal(OfferClosed("This is no longer possible. Ask us for a new offer."))
            return answer_refusal(QuoteChanged(refusal.detail, params={"quote_id": renewed.id}))
        return find_offer(session, customer_id=mine, offer_id=offer_id)
