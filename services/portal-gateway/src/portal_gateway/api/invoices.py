"""The customer's bills."""

from typing import Any

from marshmallow import Schema, fields

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, subscriber, upstreams
from portal_gateway.api.pages import Paged, Pages, asked, page
from shared.web.strict import Blueprint

blueprint = Blueprint("invoices", __name__, url_prefix="/api/v1", description="Bills")


class InvoiceLine(Schema):
    """
    One line of a bill.
    """

    label = fields.String()
    explanation = fields.String()
    quantity = fields.Integer()
    period = fields.Nested(wire.Span, allow_none=True)
    amount = fields.Nested(wire.Amount)


class Invoice(Schema):
    """
    A bill; *open* is what is still to be paid.
    """

    id = fields.String()
    number = fields.String()
    issued_on = fields.String()
    due_on = fields.String()
    total = fields.Nested(wire.Amount)
    open = fields.Nested(wire.Amount)
    status = fields.String()
    label = fields.String()
    lines = fields.List(fields.Nested(InvoiceLine))


class Invoices(Pages):
    """
    Newest first.
    """

    items = fields.List(fields.Nested(Invoice))


@blueprint.route("/invoices", methods=["GET"])
@subscriber
@blueprint.arguments(Paged, location="query")
@blueprint.response(200, Invoices)
def get_invoices(query: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's bills.
    """
    return page(upstreams().billing.invoices(caller(), **asked(query)), present.invoice)


@blueprint.route("/invoices/<invoice_id>", methods=["GET"])
@subscriber
@blueprint.response(200, Invoice)
def get_invoice(invoice_id: str) -> dict[str, Any]:
    """
    Show one bill with its lines.
    """
    return present.invoice(upstreams().billing.invoice(caller(), invoice_id))
