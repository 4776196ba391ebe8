"""Changes of plan: what is possible, book, follow, undo."""

from typing import Any

from flask.typing import ResponseReturnValue

from billing.api.lists import listed, page_schema
from billing.api.plan_change_schemas import (
    ChangeRequest,
    ChangeSchema,
    ChangesOf,
    OptionsRequest,
    OptionsSchema,
)
from billing.queries.plan_change_options import Offered, Options, plan_change_options
from billing.queries.plan_changes import ChangeView, change_view, changes_of, find_change
from billing.usecases.book_plan_change import Booking, book_plan_change, quote_again
from billing.usecases.quote_order import QuoteChanged
from billing.usecases.withdraw_plan_change import withdraw_plan_change
from shared import clock
from shared.failpoint import failpoint
from shared.web.access import customer_id, portal
from shared.web.errors import answer_refusal
from shared.web.idempotency import idempotent, transaction
from shared.web.strict import Blueprint
from shared.web.wiring import database

api = Blueprint("plan_changes", __name__, url_prefix="/api/v1")


@api.post("/plan-change-options")
@portal
@api.arguments(OptionsRequest)
@api.response(200, OptionsSchema)
def options(body: dict[str, Any]) -> Options:
    """
    Say which of the offered plans a subscription may move to, from when, or why not at all.
    """
    with database().read() as session:
        return plan_change_options(
            session,
            customer_id=customer_id(),
            subscription_id=body["subscription_id"],
            offered=[Offered(**each) for each in body["offered"]],
            now=clock.now(),
        )


@api.post("/plan-changes")
@portal
@idempotent()
@api.arguments(ChangeRequest)
@api.response(202, ChangeSchema)
def book(body: dict[str, Any]) -> ChangeView | ResponseReturnValue:
    """
    Book exactly what was quoted; it takes effect at ``undo_until`` and can be withdrawn until then.

    Where the price has changed since, the answer 409 ``quote_changed`` names the new quote.
    """
    mine, now = customer_id(), clock.now()
    with transaction() as session:
        try:
            change = book_plan_change(
                session,
                customer_id=mine,
                quote_id=body["quote_id"],
                booking=Booking(payment_method_id=body["payment_method_id"]),
                now=now,
            )
        except QuoteChanged as refusal:
            renewed = quote_again(session, customer_id=mine, quote_id=body["quote_id"], now=now)
            return answer_refusal(QuoteChanged(refusal.detail, params={"quote_id": renewed.id}))
        failpoint("billing.book_plan_change.before_commit")
        return change_view(change)


@api.get("/plan-changes")
@portal
@api.arguments(ChangesOf, location="query")
@api.response(200, page_schema(ChangeSchema))
def browse(wanted: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's changes of plan, newest first.
    """
    return listed(changes_of, wanted, subscription_id=wanted["subscription_id"])


@api.get("/plan-changes/<change_id>")
@portal
@api.response(200, ChangeSchema)
def show(change_id: str) -> ChangeView:
    """
    Show a change of plan.
    """
    with database().read() as session:
        return find_change(session, customer_id=customer_id(), change_id=change_id)


@api.delete("/plan-changes/<change_id>")
@portal
@api.response(200, ChangeSchema)
def withdraw(change_id: str) -> ChangeView:
    """
    Undo a booked change.
    """
    with database().begin() as session:
        change = withdraw_plan_change(
            session, change_id=change_id, customer_id=customer_id(), now=clock.now()
        )
        return change_view(change)
