"""Payments: follow, try again."""

from typing import Any

from billing.api.choices import pay_by
from billing.api.lists import listed, page_schema
from billing.api.schemas import PaymentRequest, PaymentSchema, Wait
from billing.api.waiting import wait_while
from billing.queries.payments import PaymentView, find_payment, is_moving, payment_view, payments_of
from billing.usecases.pay_bills import pay_bills
from billing.usecases.retry_payment import retry_payment
from shared import clock
from shared.web.access import customer_id, portal
from shared.web.fields import Page
from shared.web.idempotency import idempotent, transaction
from shared.web.strict import Blueprint
from shared.web.wiring import database

api = Blueprint("payments", __name__, url_prefix="/api/v1")


@api.post("/payments")
@portal
@idempotent()
@api.arguments(PaymentRequest)
@api.response(202, PaymentSchema)
def pay(body: dict[str, Any]) -> PaymentView:
    """
    Pay bills, or try again to pay a failed order or payment.
    """
    how, mine, now = pay_by(body), customer_id(), clock.now()
    with transaction() as session:
        if body["order_id"]:
            payment = retry_payment(session, customer_id=mine, order_id=body["order_id"], how=how, now=now)
        else:
            bills, again = body["invoice_ids"] or (), body["retry_of"]
            payment = pay_bills(
                session, customer_id=mine, invoice_ids=bills, how=how, now=now, retry_of=again
            )
        session.flush()
        return payment_view(session, payment)


@api.get("/payments")
@portal
@api.arguments(Page, location="query")
@api.response(200, page_schema(PaymentSchema))
def browse(wanted: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's payments, newest first.
    """
    return listed(payments_of, wanted)


@api.get("/payments/<payment_id>")
@portal
@api.arguments(Wait, location="query")
@api.response(200, PaymentSchema)
def show(wanted: dict[str, Any], payment_id: str) -> PaymentView:
    """
    Show a payment; ``?wait=5`` waits up to five seconds while its outcome is not known.
    """
    mine = customer_id()
    wait_while(
        lambda session: is_moving(session, customer_id=mine, payment_id=payment_id), seconds=wanted["wait"]
    )
    with database().read() as session:
        return find_payment(session, customer_id=mine, payment_id=payment_id)
