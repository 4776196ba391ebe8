"""Bills (P19, P20), simply: what is open, and every bill with its lines."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal_gateway.portal.caller import caller, signed_in, upstreams

blueprint = Blueprint("portal_bills", __name__, url_prefix="/portal")


@blueprint.get("/bills")
@signed_in
def bills_page() -> ResponseReturnValue:
    """
    List the customer's bills.
    """
    found = upstreams().billing.invoices(caller())
    account = upstreams().billing.summary(caller())["account"]
    return render_template("portal/bills.html", bills=found["items"], account=account)


@blueprint.get("/bills/<invoice_id>")
@signed_in
def bill_page(invoice_id: str) -> ResponseReturnValue:
    """
    Show one bill.
    """
    return render_template("portal/bill.html", bill=upstreams().billing.invoice(caller(), invoice_id))
