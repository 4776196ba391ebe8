"""The two tabs of a customer that billing owns: Services and Billing."""

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from billing.admin import settings_words
from billing.admin.forms import again, required_date
from billing.admin.shell import PREFIX, scope
from billing.domain.settings_fields import OWN
from billing.queries import staff as queries
from billing.queries.offers import last_offers_of
from billing.queries.pauses import pauses_shown
from billing.queries.plan_changes import pending_of
from billing.queries.service_desk import undoable
from billing.queries.settings import account_page
from billing.queries.standing import standing_of
from billing.queries.usage import meters_of
from billing.usecases.give_more_time import give_more_time
from shared import clock, ui
from shared.errors import Conflict, Invalid
from shared.ui.formats import day
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.errors import status_of

pages = Blueprint("billing_customer", __name__, url_prefix=f"{PREFIX}/customers", template_folder="templates")


@pages.get("/<customer_id>/services")
@staff("orders.view")
def services(customer_id: str) -> ResponseReturnValue:
    """
    Show what the customer holds, with Approve and Reject where a person has to decide.
    """
    with database().read() as session:
        customer = queries.one_customer(session, customer_id, scope=scope())
        return render_template(
            "billing/services.html",
            customer=customer,
            account=queries.account_of(session, customer_id),
            subscriptions=queries.subscriptions_of(session, customer_id=customer_id),
            awaiting=queries.orders_awaiting(session, customer_id),
            pending=pending_of(session, customer_id),
            pauses=pauses_shown(session, customer_id),
            offers=last_offers_of(session, customer_id),
            may_change=principal().may("orders.approve"),
            undoable=undoable(session, customer_id, now=clock.now()),
            meters={each.subscription_id: each for each in meters_of(session, customer_id=customer_id)},
        )


@pages.get("/<customer_id>/billing")
@staff("invoices.view")
def billing(customer_id: str) -> ResponseReturnValue:
    """
    Show the customer's balance, invoices, credit notes and payments.
    """
    with database().read() as session:
        return _billing(session, customer_id)


@pages.post("/<customer_id>/more-time")
@staff("accounts.edit")
def more_time(customer_id: str) -> ResponseReturnValue:
    """
    Give more time for a bill, once.
    """
    given = {name: request.form.get(name, "") for name in ("invoice_id", "reason")}
    try:
        until = required_date("until")
        with database().begin() as session:
            invoice = give_more_time(
                session,
                customer_id=customer_id,
                invoice_id=given["invoice_id"],
                until=until,
                reason=given["reason"],
                partner_ids=scope(),
                now=clock.now(),
            )
    except (Invalid, Conflict) as refusal:
        with database().read() as session:
            return _billing(session, customer_id, form=again(refusal)), status_of(refusal)
    ui.toast(_("Bill %(number)s is due on %(day)s.", number=invoice.number, day=day(until)))
    return redirect(f"{PREFIX}/customers/{customer_id}/billing", 303)


def _billing(session: Session, customer_id: str, *, form: ui.Form | None = None) -> str:
    customer = queries.one_customer(session, customer_id, scope=scope())
    account = queries.account_of(session, customer_id)
    return render_template(
        "billing/customer_billing.html",
        customer=customer,
        account=account,
        standing=standing_of(session, account) if account else None,
        form=form or ui.Form({}),
        may_edit=principal().may("accounts.edit"),
        known=account_page(session, account) if account else None,
        own_fields=OWN,
        words=settings_words,
        invoices=queries.find_invoices(session, scope=scope(), customer_id=customer_id),
        notes=queries.find_credit_notes(session, scope=scope(), customer_id=customer_id),
        payments=queries.find_payments(session, scope=scope(), customer_id=customer_id),
        may_record=principal().may("payments.record"),
        may_see_payments=principal().may("payments.view"),
    )
