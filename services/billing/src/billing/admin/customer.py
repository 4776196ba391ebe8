"""The two tabs of a customer that billing owns: Services and Billing."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.admin.shell import PREFIX, scope
from billing.queries import staff as queries
from shared.web.access import staff
from shared.web.app import database

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
        )


@pages.get("/<customer_id>/billing")
@staff("invoices.view")
def billing(customer_id: str) -> ResponseReturnValue:
    """
    Show the customer's balance, invoices, credit notes and payments.
    """
    with database().read() as session:
        customer = queries.one_customer(session, customer_id, scope=scope())
        return render_template(
            "billing/customer_billing.html",
            customer=customer,
            account=queries.account_of(session, customer_id),
            invoices=queries.find_invoices(session, scope=scope(), customer_id=customer_id),
            notes=queries.find_credit_notes(session, scope=scope(), customer_id=customer_id),
            payments=queries.find_payments(session, scope=scope(), customer_id=customer_id),
        )
