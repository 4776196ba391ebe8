"""The customer's bills, why they differ, credit notes and statements."""

from datetime import date
from typing import Any

from marshmallow import Schema, fields, validate

from portal_gateway.api import present, wire
from portal_gateway.api.caller import caller, subscriber, upstreams
from portal_gateway.api.pages import Paged, Pages, asked, page
from shared.web.strict import Blueprint

blueprint = Blueprint("invoices", __name__, url_prefix="/api/v1", description="Bills")

STATUSES = ("unpaid", "partly_paid", "overdue", "paid", "written_off")


class InvoiceLine(wire.Line):
    """
    One line of a bill, the service it is for, and what of it was credited.
    """

    id = fields.String()
    service_id = fields.String(attribute="subscription_id", allow_none=True)
    credited = fields.Nested(wire.Amount)


class Invoice(Schema):
    """
    A bill; *open* is what is still to be paid, *paying* the payment under way for it.
    """

    id = fields.String()
    number = fields.String()
    kind = fields.String(metadata={"example": "recurring"})
    order_id = fields.String(allow_none=True)
    issued_on = fields.String()
    due_on = fields.String()
    period = fields.Nested(wire.Span, allow_none=True)
    total = fields.Nested(wire.Amount)
    tax_included = fields.Nested(wire.Amount)
    taxes = fields.List(fields.Nested(wire.Taxed))
    open = fields.Nested(wire.Amount)
    status = fields.String()
    label = fields.String()
    paying = fields.String(allow_none=True)
    lines = fields.List(fields.Nested(InvoiceLine))


class Applied(Schema):
    """
    What was used for a bill: *kind* payment, credit_note, write_off, or opening (what the account came with).
    """

    kind = fields.String()
    id = fields.String()
    label = fields.String()
    on = fields.String()
    amount = fields.Nested(wire.Amount)


class Bill(Invoice):
    """
    A bill with what was used for it.
    """

    applied = fields.List(fields.Nested(Applied))


class InvoicesAsked(Paged):
    """
    Only bills of these statuses, or for this service, if any are named; with how many there are of them.
    """

    status = fields.List(fields.String(validate=validate.OneOf(STATUSES)))
    service_id = fields.String(validate=validate.Length(1, 40), attribute="subscription_id")
    with_total = fields.Boolean()


class Invoices(Pages):
    """
    Newest first; *total* if it was asked for.
    """

    items = fields.List(fields.Nested(Invoice))
    total = fields.Integer()


class EarlierBill(Schema):
    """
    The bill compared with.
    """

    id = fields.String()
    number = fields.String()
    total = fields.Nested(wire.Amount)


class Difference(Schema):
    """
    A service that costs more or less than on the bill before; *code* and *reason* say why.
    """

    code = fields.String()
    reason = fields.String()
    label = fields.String()
    before = fields.Nested(wire.Amount)
    now = fields.Nested(wire.Amount)
    difference = fields.Nested(wire.Amount)
    days_before = fields.Integer()
    days_now = fields.Integer()


class Comparison(Schema):
    """
    Why a bill differs from the one before: the changes sum to the difference.
    """

    earlier = fields.Nested(EarlierBill, allow_none=True)
    difference = fields.Nested(wire.Amount)
    changes = fields.List(fields.Nested(Difference))


class CreditNoteLine(Schema):
    """
    What of a bill's line went back, and for which days.
    """

    label = fields.String()
    days = fields.Integer()
    period = fields.Nested(wire.Span, allow_none=True)
    amount = fields.Nested(wire.Amount)


class CreditNote(Schema):
    """
    A correction of a bill; *left* is not used yet.
    """

    id = fields.String()
    number = fields.String()
    invoice_id = fields.String()
    invoice_number = fields.String()
    issued_on = fields.String()
    total = fields.Nested(wire.Amount)
    tax_included = fields.Nested(wire.Amount)
    taxes = fields.List(fields.Nested(wire.Taxed))
    left = fields.Nested(wire.Amount)
    reason = fields.String()
    status = fields.String()
    label = fields.String()
    lines = fields.List(fields.Nested(CreditNoteLine))


class CreditNotes(Pages):
    """
    Newest first.
    """

    items = fields.List(fields.Nested(CreditNote))


class Days(Schema):
    """
    The days of a statement, both included; this year until today, unless said otherwise.
    """

    from_on = fields.Date(data_key="from")
    to_on = fields.Date(data_key="to")


class Row(Schema):
    """
    One line of a statement; an amount below zero is a debit.
    """

    on = fields.String()
    kind = fields.String()
    ref = fields.String()
    label = fields.String()
    amount = fields.Nested(wire.Amount)
    balance = fields.Nested(wire.Amount)


class Statement(Schema):
    """
    What happened to the balance between two days.
    """

    from_on = fields.String(data_key="from", attribute="from")
    to_on = fields.String(data_key="to", attribute="to")
    opening = fields.Nested(wire.Amount)
    rows = fields.List(fields.Nested(Row))
    closing = fields.Nested(wire.Amount)


@blueprint.route("/invoices", methods=["GET"])
@subscriber
@blueprint.arguments(InvoicesAsked, location="query")
@blueprint.response(200, Invoices)
def get_invoices(query: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's bills.
    """
    return page(upstreams().billing.bills.all(caller(), **asked(query)), present.invoice)


@blueprint.route("/invoices/<invoice_id>", methods=["GET"])
@subscriber
@blueprint.response(200, Bill)
def get_invoice(invoice_id: str) -> dict[str, Any]:
    """
    Show one bill with its lines and what was used for it.
    """
    return present.invoice(upstreams().billing.bills.one(caller(), invoice_id))


@blueprint.route("/invoices/<invoice_id>/comparison", methods=["GET"])
@subscriber
@blueprint.response(200, Comparison)
def get_comparison(invoice_id: str) -> dict[str, Any]:
    """
    Tell why a bill is different from the one before.
    """
    found = upstreams().billing.bills.comparison(caller(), invoice_id)
    return {**found, "changes": [present.difference(each) for each in found["changes"]]}


@blueprint.route("/credit-notes", methods=["GET"])
@subscriber
@blueprint.arguments(Paged, location="query")
@blueprint.response(200, CreditNotes)
def get_credit_notes(query: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's credit notes.
    """
    return page(upstreams().billing.bills.credit_notes(caller(), **asked(query)), present.credit_note)


@blueprint.route("/credit-notes/<note_id>", methods=["GET"])
@subscriber
@blueprint.response(200, CreditNote)
def get_credit_note(note_id: str) -> dict[str, Any]:
    """
    Show one credit note.
    """
    return present.credit_note(upstreams().billing.bills.credit_note(caller(), note_id))


@blueprint.route("/statements", methods=["GET"])
@subscriber
@blueprint.arguments(Days, location="query")
@blueprint.response(200, Statement)
def get_statement(days: dict[str, date]) -> dict[str, Any]:
    """
    Show what happened to the balance between two days, both included.
    """
    asked = {name.removesuffix("_on"): day.isoformat() for name, day in days.items()}
    return upstreams().billing.bills.statement(caller(), **asked)
