"""A customer's documents: bills and why they differ, credit notes, statements."""

from datetime import date
from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from billing.api.bill_schemas import (
    BillSchema,
    ComparisonSchema,
    CreditNoteSchema,
    Days,
    InvoiceSchema,
    StatementSchema,
)
from billing.api.lists import listed, page_schema
from billing.domain.document import InvoiceStatus
from billing.queries.bills import (
    BillView,
    CreditNoteView,
    Wanted,
    count_invoices_of,
    credit_notes_of,
    find_credit_note,
    find_invoice,
    invoices_of,
    open_invoices_of,
    today_of,
)
from billing.queries.comparison import ComparisonView, comparison_of
from billing.queries.holdings import account_of
from billing.queries.statement import Statement, statement_of
from shared.errors import FieldError, Invalid
from shared.web.access import customer_id, portal, principal
from shared.web.fields import Page
from shared.web.strict import Blueprint
from shared.web.wiring import database

api = Blueprint("bills", __name__, url_prefix="/api/v1")


class InvoicePage(Page):
    """
    Also only bills of some statuses, or of one service, and how many there are of them.
    """

    status = fields.List(fields.String(validate=validate.OneOf([*InvoiceStatus])), load_default=list)
    subscription_id = fields.String(validate=validate.Length(1, 40), load_default=None)
    with_total = fields.Boolean(load_default=False)


class Invoices(page_schema(InvoiceSchema)):  # type: ignore[misc]
    """
    A page of bills; *total* where it was asked for.
    """

    total = fields.Integer()


LONGEST_DAYS = 366 * 3


@api.get("/invoices")
@portal
@api.arguments(InvoicePage, location="query")
@api.response(200, Invoices)
def invoices(wanted: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's bills, newest first.
    """
    chosen = Wanted(statuses=wanted["status"], subscription_id=wanted["subscription_id"])
    found = listed(invoices_of, wanted, wanted=chosen)
    if wanted["with_total"]:
        with database().read() as session:
            found["total"] = count_invoices_of(session, customer_id=customer_id(), wanted=chosen)
    return found


@api.get("/invoices/open")
@portal
@api.response(200, Invoices)
def open_invoices() -> dict[str, Any]:
    """
    List the bills that are not paid, the oldest due first.
    """
    with database().read() as session:
        return {"items": open_invoices_of(session, customer_id=customer_id())}


@api.get("/invoices/<invoice_id>")
@portal
@api.response(200, BillSchema)
def invoice(invoice_id: str) -> BillView:
    """
    Show a bill.
    """
    with database().read() as session:
        return find_invoice(session, customer_id=customer_id(), invoice_id=invoice_id)


@api.get("/invoices/<invoice_id>/comparison")
@portal
@api.response(200, ComparisonSchema)
def comparison(invoice_id: str) -> ComparisonView:
    """
    Tell why a bill is different from the one before.
    """
    with database().read() as session:
        return comparison_of(session, customer_id=customer_id(), invoice_id=invoice_id)


@api.get("/credit-notes")
@portal
@api.arguments(Page, location="query")
@api.response(200, page_schema(CreditNoteSchema))
def credit_notes(wanted: dict[str, Any]) -> dict[str, Any]:
    """
    List the customer's credit notes, newest first.
    """
    return listed(credit_notes_of, wanted)


@api.get("/credit-notes/<note_id>")
@portal
@api.response(200, CreditNoteSchema)
def credit_note(note_id: str) -> CreditNoteView:
    """
    Show a credit note.
    """
    with database().read() as session:
        return find_credit_note(session, customer_id=customer_id(), note_id=note_id)


@api.get("/statements")
@portal
@api.arguments(Days, location="query")
@api.response(200, StatementSchema)
def statement(days: dict[str, date | None]) -> Statement:
    """
    Show what happened to the balance between two days, both included.
    """
    with database().read() as session:
        return statement_for(session, customer_id(), days)


def statement_for(session: Session, mine: str, days: dict[str, date | None]) -> Statement:
    """
    Return the customer's statement of *days*; this year until today, unless they say otherwise.

    :raises Invalid: if the days are in the wrong order or more than three years apart
    """
    to_on = days["to_on"] or today_of(session, mine)
    from_on = days["from_on"] or to_on.replace(month=1, day=1)
    if not 0 <= (to_on - from_on).days <= LONGEST_DAYS:
        detail = "Choose a last day at most three years after the first."
        raise Invalid(FieldError("#/to", "out_of_range", detail))
    account = account_of(session, customer_id=mine, partner_id=principal().partner_id)
    return statement_of(session, customer_id=mine, from_on=from_on, to_on=to_on, currency=account.currency)
