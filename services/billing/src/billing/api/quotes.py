"""Quotes: what would this cost, and why."""

from typing import Any

from sqlalchemy.orm import Session

from billing.api.quote_schemas import QuoteRequest, QuoteSchema
from billing.domain.self_service import PauseLimits
from billing.queries.quotes import QuoteView, find_quote, quote_view
from billing.usecases.quote_end import quote_end
from billing.usecases.quote_order import Buyer, Item, quote_order
from billing.usecases.quote_pause import quote_pause
from billing.usecases.quote_plan_change import Wanted, quote_plan_change
from shared import clock
from shared.web.access import customer_id, portal, principal
from shared.web.strict import Blueprint
from shared.web.wiring import database

api = Blueprint("quotes", __name__, url_prefix="/api/v1")


@api.post("/quotes")
@portal
@api.arguments(QuoteRequest)
@api.response(201, QuoteSchema)
def make(body: dict[str, Any]) -> QuoteView:
    """
    Price a basket, a change of plan, a pause or an end, and hold the price for 15 minutes.
    """
    with database().begin() as session:
        return MAKERS[body["kind"]](session, body)


@api.get("/quotes/<quote_id>")
@portal
@api.response(200, QuoteSchema)
def show(quote_id: str) -> QuoteView:
    """
    Show a quote.
    """
    with database().read() as session:
        return find_quote(session, customer_id=customer_id(), quote_id=quote_id)


def _of_basket(session: Session, body: dict[str, Any]) -> QuoteView:
    buyer = Buyer(
        customer_id=customer_id(),
        partner_id=principal().partner_id or "",
        billing_type=body["billing_type"],
        timezone=body["timezone"],
    )
    items = [Item(**item) for item in body["items"]]
    return quote_view(quote_order(session, buyer=buyer, items=items, now=clock.now()))


def _of_change(session: Session, body: dict[str, Any]) -> QuoteView:
    wanted = Wanted(
        subscription_id=body["subscription_id"],
        plan_id=body["plan_id"],
        version=body["version"],
        start_on=body["start_on"],
    )
    quote = quote_plan_change(session, customer_id=customer_id(), wanted=wanted, now=clock.now())
    return quote_view(quote)


def _of_pause(session: Session, body: dict[str, Any]) -> QuoteView:
    quote = quote_pause(
        session,
        customer_id=customer_id(),
        subscription_id=body["subscription_id"],
        first_on=body["start_on"],
        last_on=body["last_on"],
        limits=PauseLimits(**body["limits"]),
        now=clock.now(),
    )
    return quote_view(quote)


def _of_end(session: Session, body: dict[str, Any]) -> QuoteView:
    quote = quote_end(
        session,
        customer_id=customer_id(),
        subscription_id=body["subscription_id"],
        last_on=body["last_on"],
        notice_days=body["limits"]["notice_days"],
        now=clock.now(),
    )
    return quote_view(quote)


MAKERS = {"order": _of_basket, "plan_change": _of_change, "pause": _of_pause, "cancellation": _of_end}
