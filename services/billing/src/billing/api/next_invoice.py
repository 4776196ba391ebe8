"""The bill ahead: what would be billed on a day, as things are."""

from datetime import date
from typing import Any

from marshmallow import Schema, fields

from billing.api.schemas import LineSchema
from billing.queries.bills import today_of
from billing.queries.next_invoice import NextInvoiceView, next_invoice
from shared.web.access import customer_id, portal
from shared.web.fields import MoneyField
from shared.web.strict import Blueprint
from shared.web.wiring import database

api = Blueprint("next_invoice", __name__, url_prefix="/api/v1")


class On(Schema):
    """
    The day to look at; the next billing day unless said otherwise.
    """

    on = fields.Date(load_default=None)


class AlongSchema(Schema):
    """
    What happens on a day: *code* bill, plan_change, pause, resume, due, blocked or inactive.
    """

    on = fields.Date()
    code = fields.String()
    amount = MoneyField()
    name = fields.String()


class EstimateSchema(Schema):
    """
    What would be billed; *on* is empty when no bill is ahead. *along* is what happens if nothing is paid.
    """

    on = fields.Date()
    lines = fields.List(fields.Nested(LineSchema))
    total = MoneyField()
    tax_included = MoneyField()
    bills = fields.Integer()
    following_on = fields.Date()
    along = fields.List(fields.Nested(AlongSchema))
    estimate = fields.Boolean()


@api.get("/next-invoice")
@portal
@api.arguments(On, location="query")
@api.response(200, EstimateSchema)
def show(wanted: dict[str, Any]) -> NextInvoiceView | dict[str, object]:
    """
    Show what would be billed on a day, line by line; nothing is written.
    """
    on: date | None = wanted["on"]
    mine = customer_id()
    with database().read() as session:
        found = next_invoice(session, customer_id=mine, on=on, today=today_of(session, mine))
    return found or {"on": None, "lines": [], "bills": 0, "along": [], "estimate": True}
