"""Pauses and ends of services that customers ask for: what is possible, book as quoted, undo."""

from typing import Any

from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from billing.api.plan_change_schemas import RefusedSchema
from billing.api.quote_schemas import Limits
from billing.api.rest_schemas import CancellationSchema, PauseSchema
from billing.domain.self_service import PauseLimits
from billing.queries.cancellations import CancellationView, find_cancellation
from billing.queries.pauses import PauseView, find_pause, shown_pause
from billing.queries.self_service import EndOptions, PauseOptions, end_options, pause_options
from billing.usecases.end_as_quoted import end_as_quoted, quote_end_again
from billing.usecases.pause_as_quoted import pause_as_quoted, quote_pause_again
from billing.usecases.quote_order import QuoteChanged
from billing.usecases.withdraw_own_end import withdraw_own_end
from billing.usecases.withdraw_own_pause import withdraw_own_pause
from shared import clock
from shared.errors import NotAllowed
from shared.web.access import customer_id, portal, principal
from shared.web.errors import answer_refusal
from shared.web.fields import Id, MoneyField
from shared.web.idempotency import idempotent, transaction
from shared.web.strict import Blueprint
from shared.web.wiring import database

api = Blueprint("self_service", __name__, url_prefix="/api/v1")


class OptionsOf(Schema):
    """
    Which service, and what its partner allows.
    """

    subscription_id = Id("sub", required=True)
    limits = fields.Nested(Limits, required=True)


class PauseOptionsSchema(Schema):
    """
    From when, how long and how often still, or why not.
    """

    subscription_id = fields.String()
    earliest_on = fields.Date()
    longest_days = fields.Integer()
    left = fields.Integer()
    refusal = fields.Nested(RefusedSchema)


class LastDaySchema(Schema):
    """
    A last day worth a button.
    """

    on = fields.Date()
    code = fields.String()


class EndOptionsSchema(Schema):
    """
    From when, what it costs before the contract ends and later, or why not.
    """

    subscription_id = fields.String()
    earliest_on = fields.Date()
    suggested = fields.List(fields.Nested(LastDaySchema))
    contract_ends_on = fields.Date()
    contract_renews = fields.Boolean()
    early_fee = MoneyField()
    later_fee = MoneyField()
    refusal = fields.Nested(RefusedSchema)


class Confirmed(Schema):
    """
    A quote to be booked, and the customer's reason, if they say one.
    """

    quote_id = Id("quo", required=True)
    reason = fields.String(load_default="", validate=validate.Length(max=100))


@api.post("/pause-options")
@portal
@api.arguments(OptionsOf)
@api.response(200, PauseOptionsSchema)
def options_of_pause(body: dict[str, Any]) -> PauseOptions:
    """
    Say from when, for how long and how often a service may pause.
    """
    with database().read() as session:
        return pause_options(
            session,
            customer_id=customer_id(),
            subscription_id=body["subscription_id"],
            limits=PauseLimits(**body["limits"]),
            now=clock.now(),
        )


@api.post("/cancellation-options")
@portal
@api.arguments(OptionsOf)
@api.response(200, EndOptionsSchema)
def options_of_end(body: dict[str, Any]) -> EndOptions:
    """
    Say from when a service may end and what that costs.
    """
    with database().read() as session:
        return end_options(
            session,
            customer_id=customer_id(),
            subscription_id=body["subscription_id"],
            notice_days=body["limits"]["notice_days"],
            now=clock.now(),
        )


@api.post("/service-pauses")
@portal
@idempotent()
@api.arguments(Confirmed)
@api.response(201, PauseSchema)
def book_pause(body: dict[str, Any]) -> PauseView | ResponseReturnValue:
    """
    Book exactly what was quoted. Where it comes to something else, 409 ``quote_changed`` names the new quote.
    """
    _customer_alone()
    mine, now = customer_id(), clock.now()
    with transaction() as session:
        try:
            pause = pause_as_quoted(session, customer_id=mine, now=now, **body)
        except QuoteChanged as refusal:
            renewed = quote_pause_again(session, customer_id=mine, quote_id=body["quote_id"], now=now)
            return answer_refusal(QuoteChanged(refusal.detail, params={"quote_id": renewed.id}))
        return shown_pause(session, pause)


@api.get("/service-pauses/<pause_id>")
@portal
@api.response(200, PauseSchema)
def show_pause(pause_id: str) -> PauseView:
    """
    Show a pause.
    """
    with database().read() as session:
        return shown_pause(session, find_pause(session, customer_id=customer_id(), pause_id=pause_id))


@api.delete("/service-pauses/<pause_id>")
@portal
@api.response(200, PauseSchema)
def undo_pause(pause_id: str) -> PauseView:
    """
    Undo a pause before it begins.
    """
    with database().begin() as session:
        pause = withdraw_own_pause(session, customer_id=customer_id(), pause_id=pause_id, now=clock.now())
        return shown_pause(session, pause)


@api.post("/service-cancellations")
@portal
@idempotent()
@api.arguments(Confirmed)
@api.response(201, CancellationSchema)
def book_end(body: dict[str, Any]) -> CancellationView | ResponseReturnValue:
    """
    Book exactly what was quoted. Where it comes to something else, 409 ``quote_changed`` names the new quote.
    """
    _customer_alone()
    mine, now = customer_id(), clock.now()
    with transaction() as session:
        try:
            held = end_as_quoted(session, customer_id=mine, now=now, **body)
        except QuoteChanged as refusal:
            renewed = quote_end_again(session, customer_id=mine, quote_id=body["quote_id"], now=now)
            return answer_refusal(QuoteChanged(refusal.detail, params={"quote_id": renewed.id}))
        return find_cancellation(session, customer_id=mine, cancellation_id=held.cancellation_id or "")


@api.get("/service-cancellations/<cancellation_id>")
@portal
@api.response(200, CancellationSchema)
def show_end(cancellation_id: str) -> CancellationView:
    """
    Show an end the customer asked for.
    """
    with database().read() as session:
        return find_cancellation(session, customer_id=customer_id(), cancellation_id=cancellation_id)


@api.delete("/service-cancellations/<cancellation_id>")
@portal
@api.response(200, CancellationSchema)
def undo_end(cancellation_id: str) -> CancellationView:
    """
    Undo an end while the service still works.
    """
    _customer_alone()
    with database().begin() as session:
        return withdraw_own_end(
            session, customer_id=customer_id(), cancellation_id=cancellation_id, now=clock.now()
        )


def _customer_alone() -> None:
    if principal().impersonated:
        raise NotAllowed("Only the customer can do this.")
