"""Orders: place, follow, take back."""

from typing import Any

from flask import Response, after_this_request

from billing.api.choices import pay_by
from billing.api.lists import listed, page_schema
from billing.api.schemas import HappeningSchema, OrderRequest, OrderSchema, Wait
from billing.api.waiting import wait_while
from billing.queries.orders import OrderView, find_order, is_moving, order_view, orders_of, timeline_of
from billing.usecases.cancel_order import cancel_order
from billing.usecases.open_payment import PayBy
from billing.usecases.place_order import Request, Said, place_order
from shared import clock
from shared.failpoint import failpoint
from shared.web.access import customer_id, portal
from shared.web.fields import Page
from shared.web.idempotency import idempotent, transaction
from shared.web.strict import Blueprint
from shared.web.wiring import database, wired

api = Blueprint("orders", __name__, url_prefix="/api/v1")


@api.post("/orders")
@portal
@idempotent()
@api.arguments(OrderRequest)
@api.response(202, OrderSchema)
def place(body: dict[str, Any]) -> OrderView:
    """
    Order exactly what was quoted; the answer comes before the payment is made.
    """
    after_this_request(_committed)
    with transaction() as session:
        order = place_order(
            session,
            customer_id=customer_id(),
            quote_id=body["quote_id"],
            how=_how(body),
            said=_said(body),
            now=clock.now(),
        )
        session.flush()
        failpoint("billing.place_order.before_commit")
        return order_view(session, order)


@api.get("/orders")
@portal
@api.arguments(Page, location="query")
@api.response(200, page_schema(OrderSchema))
def browse(wanted: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's orders, newest first.
    """
    return listed(orders_of, wanted)


@api.get("/orders/<order_id>")
@portal
@api.arguments(Wait, location="query")
@api.response(200, OrderSchema)
def show(wanted: dict[str, Any], order_id: str) -> OrderView:
    """
    Show an order; ``?wait=5`` waits up to five seconds while it is moving.
    """
    mine = customer_id()
    wait_while(
        lambda session: is_moving(session, customer_id=mine, order_id=order_id), seconds=wanted["wait"]
    )
    with database().read() as session:
        return find_order(session, customer_id=mine, order_id=order_id)


@api.get("/orders/<order_id>/timeline")
@portal
@api.response(200, page_schema(HappeningSchema))
def timeline(order_id: str) -> dict[str, Any]:
    """
    List what happened to an order.
    """
    with database().read() as session:
        return {"items": timeline_of(session, customer_id=customer_id(), order_id=order_id)}


@api.delete("/orders/<order_id>")
@portal
@api.response(200, OrderSchema)
def cancel(order_id: str) -> OrderView:
    """
    Take an unpaid order back.
    """
    cancel_order(database(), wired().ports.provider, customer_id=customer_id(), order_id=order_id)
    with database().read() as session:
        return find_order(session, customer_id=customer_id(), order_id=order_id)


def _how(body: dict[str, Any]) -> PayBy | Request:
    if body["mode"] == "request":
        return Request(channel=body["channel"], send_to=body["send_to"])
    return pay_by(body)


def _said(body: dict[str, Any]) -> Said:
    terms = body["terms"] or {}
    return Said(
        preferred_start_on=body["preferred_start_on"],
        terms_version=terms.get("version"),
        terms_url=terms.get("url"),
    )


def _committed(response: Response) -> Response:
    failpoint("billing.place_order.after_commit")
    return response
