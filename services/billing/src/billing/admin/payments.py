"""One payment: its calls to the provider, and the decision a person takes when the amount was not right."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin.shell import PREFIX, scope
from billing.domain.payment import Decision
from billing.queries import staff as queries
from billing.queries.payments import acceptable
from billing.usecases.decide_payment import decide_payment
from shared import clock, ui
from shared.errors import Conflict, FieldError, Invalid, Refusal
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint("billing_payments", __name__, url_prefix=f"{PREFIX}/payments", template_folder="templates")


@pages.get("/<payment_id>")
@staff("payments.view")
def show(payment_id: str) -> ResponseReturnValue:
    """
    Show a payment with every call to the provider and every refund.
    """
    with database().read() as session:
        return _page(session, payment_id)


@pages.post("/<payment_id>/decisions")
@staff("payments.decide")
def decide(payment_id: str) -> ResponseReturnValue:
    """
    Accept what was paid, or send it back and fail the order.
    """
    try:
        with database().begin() as session:
            decide_payment(
                session,
                payment_id=payment_id,
                decision=_decision(request.form.get("decision", "")),
                reason=request.form.get("reason", ""),
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        return _again(payment_id, refusal)
    ui.toast(_("The decision is carried out."))
    return redirect(f"{PREFIX}/payments/{payment_id}", 303)


def _page(session: Session, payment_id: str, *, form: ui.Form | None = None) -> str:
    found = queries.one_payment(session, payment_id, scope=scope())
    order = queries.one_order(session, found.order_id, scope=scope()) if found.order_id else None
    may_accept = acceptable(found, order)
    return render_template(
        "billing/payment.html",
        payment=found,
        order=order,
        customer=queries.one_customer(session, found.customer_id, scope=scope()),
        attempts=queries.attempts_of(session, found.id),
        refunds=queries.refunds_of(session, found.id),
        form=form or ui.Form({"decision": "", "reason": ""}),
        may_accept=may_accept,
        may_decide=principal().may("payments.decide"),
        may_refund=principal().may("payments.refund"),
        ways=_ways(may_accept),
    )


def _again(payment_id: str, refusal: Refusal) -> ResponseReturnValue:
    errors = refusal.errors if isinstance(refusal, Invalid) else ()
    problem = None if errors else refusal
    with database().read() as session:
        return _page(session, payment_id, form=ui.Form(request.form, errors, problem=problem)), status_of(
            refusal
        )


def _ways(may_accept: bool) -> list[tuple[str, str]]:
    accept = [(Decision.ACCEPT.value, _("Accept what was paid"))] if may_accept else []
    return [*accept, (Decision.REFUND.value, _("Refund and fail the order"))]


def _decision(text: str) -> Decision:
    try:
        return Decision(text)
    except ValueError:
        raise Invalid(FieldError("#/decision", "required", _("Choose what to do"))) from None
