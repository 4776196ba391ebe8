"""One order: its lines, its steps, and the two decisions a person takes on it, Approve and Reject."""

from datetime import date, datetime

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin.forms import typed_date
from billing.admin.shell import PREFIX, back_to, scope
from billing.queries import approval
from billing.queries import staff as queries
from billing.queries.service_desk import undo_until
from billing.usecases.approve_order import approve_order
from billing.usecases.reject_order import RefundTo, reject_order
from shared import clock, ui
from shared.errors import Conflict, FieldError, Invalid, Refusal
from shared.failpoint import failpoint
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint("billing_orders", __name__, url_prefix=f"{PREFIX}/orders", template_folder="templates")


@pages.get("/<order_id>")
@staff("orders.view")
def show(order_id: str) -> ResponseReturnValue:
    """
    Show an order with everything that followed from it.
    """
    with database().read() as session:
        return _page(session, order_id)


@pages.get("/<order_id>/credit")
@staff("orders.view")
def credit(order_id: str) -> ResponseReturnValue:
    """
    Say, for the start date being typed, how many unused days would be credited.
    """
    with database().read() as session:
        order = queries.one_order(session, order_id, scope=scope())
        unused = approval.unused(session, order, starts_on=typed_date(request.args.get("starts_on", "")))
    return render_template("billing/_credit.html", unused=unused)


@pages.post("/<order_id>/approve")
@staff("orders.approve")
def approve(order_id: str) -> ResponseReturnValue:
    """
    Confirm the order with the actual start date, and go back to where the form came from.
    """
    try:
        starts_on = _required_date(request.form.get("starts_on", ""))
        with database().begin() as session:
            order = approve_order(
                session, order_id=order_id, starts_on=starts_on, partner_ids=scope(), now=clock.now()
            )
    except (Invalid, Conflict) as refusal:
        return _again(order_id, refusal)
    failpoint("billing.approve_order.after_commit")
    ui.toast(_("Order %(number)s is approved.", number=order.number))
    return redirect(back_to(f"{PREFIX}/orders/{order_id}"), 303)


@pages.post("/<order_id>/reject")
@staff("orders.approve")
def reject(order_id: str) -> ResponseReturnValue:
    """
    Refuse the order with a reason the customer is shown; what was paid goes back.
    """
    try:
        with database().begin() as session:
            order = reject_order(
                session,
                order_id=order_id,
                reason=request.form.get("reason", ""),
                refund_to=_refund_to(request.form.get("refund_to", RefundTo.CARD)),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        return _again(order_id, refusal)
    failpoint("billing.reject_order.after_commit")
    ui.toast(_("Order %(number)s is rejected.", number=order.number), tone="info")
    return redirect(back_to(f"{PREFIX}/orders/{order_id}"), 303)


def _page(session: Session, order_id: str, *, form: ui.Form | None = None) -> str:
    order = queries.one_order(session, order_id, scope=scope())
    account = queries.account_of(session, order.customer_id)
    invoices, notes, payments, refunds = queries.documents_of_order(session, order.id)
    start = approval.suggested_start(order, account)
    bounds = approval.start_bounds(order, account, now=clock.now()) if account else None
    return render_template(
        "billing/order.html",
        order=order,
        customer=queries.one_customer(session, order.customer_id, scope=scope()),
        subscriptions=queries.subscriptions_of(session, order_id=order.id),
        events=queries.events_of(session, order.id),
        invoices=invoices,
        notes=notes,
        payments=payments,
        refunds=refunds,
        refund_ways=[
            (RefundTo.CARD.value, _("Back to the card")),
            (RefundTo.BALANCE.value, _("Credit on the balance")),
        ],
        decidable=approval.awaits_a_person(order),
        undo_until=_still(undo_until(session, order)) if principal().may("orders.approve") else None,
        form=form or ui.Form({"starts_on": start.isoformat(), "reason": "", "refund_to": "card"}),
        unused=approval.unused(session, order, starts_on=start),
        starts_between=bounds or (None, None),
        return_to=request.values.get("return_to", ""),
    )


def _still(until: datetime | None) -> datetime | None:
    return until if until and clock.now() < until else None


def _again(order_id: str, refusal: Refusal) -> ResponseReturnValue:
    errors = refusal.errors if isinstance(refusal, Invalid) else ()
    problem = None if errors else refusal
    with database().read() as session:
        return _page(session, order_id, form=ui.Form(request.form, errors, problem=problem)), status_of(
            refusal
        )


def _refund_to(text: str) -> RefundTo:
    try:
        return RefundTo(text)
    except ValueError:
        raise Invalid(FieldError("#/refund_to", "unknown", _("Choose where the money goes"))) from None


def _required_date(text: str) -> date:
    found = typed_date(text)
    if found is None:
        raise Invalid(FieldError("#/starts_on", "required", _("Enter the day the service really started")))
    return found
