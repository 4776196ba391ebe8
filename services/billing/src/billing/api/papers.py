"""A customer's documents as PDF, in their language."""

from datetime import date

from flask import Response

from billing.api.bill_schemas import Days
from billing.api.bills import statement_for
from billing.queries import papers
from billing.queries.paper_sources import own_credit_note, own_invoice, own_receipt
from shared.web.access import customer_id, portal, principal
from shared.web.papers import paper_answer, speak
from shared.web.strict import Blueprint
from shared.web.wiring import database

api = Blueprint("papers", __name__, url_prefix="/api/v1")


@api.get("/invoices/<invoice_id>/document.pdf")
@portal
def invoice(invoice_id: str) -> Response:
    """
    Give a bill as PDF.
    """
    with database().read() as session:
        found = own_invoice(session, customer_id=customer_id(), invoice_id=invoice_id)
        language = speak(papers.language_of(session, found.customer_id))
        return paper_answer(papers.invoice_paper(found, language=language), found.number)


@api.get("/credit-notes/<note_id>/document.pdf")
@portal
def credit_note(note_id: str) -> Response:
    """
    Give a credit note as PDF.
    """
    with database().read() as session:
        found = own_credit_note(session, customer_id=customer_id(), note_id=note_id)
        language = speak(papers.language_of(session, found.customer_id))
        return paper_answer(papers.credit_note_paper(session, found, language=language), found.number)


@api.get("/payments/<payment_id>/receipt.pdf")
@portal
def receipt(payment_id: str) -> Response:
    """
    Give the receipt of a payment that arrived as PDF.
    """
    with database().read() as session:
        found = own_receipt(session, customer_id=customer_id(), payment_id=payment_id)
        language = speak(papers.language_of(session, found.customer_id))
        return paper_answer(papers.receipt_paper(session, found, language=language), found.id)


@api.get("/statements/document.pdf")
@portal
@api.arguments(Days, location="query")
def statement(days: dict[str, date | None]) -> Response:
    """
    Give a statement as PDF.
    """
    mine = customer_id()
    with database().read() as session:
        found = statement_for(session, mine, days)
        language = speak(papers.language_of(session, mine))
        paper = papers.statement_paper(
            session, found, customer_id=mine, partner_id=principal().partner_id or "", language=language
        )
        return paper_answer(paper, f"statement-{found.from_on}-{found.to_on}")
