"""One invoice, one credit note: every line, and why it is what it is."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.admin.shell import PREFIX, scope
from billing.admin.words import standing
from billing.queries import papers
from billing.queries import staff as queries
from billing.queries.bills import applied_to
from billing.usecases.undo_write_off import standing as standing_write_offs
from shared.ids import new_id
from shared.web.access import principal, staff
from shared.web.app import database
from shared.web.papers import paper_answer, speak

pages = Blueprint("billing_documents", __name__, url_prefix=PREFIX, template_folder="templates")


@pages.get("/invoices/<invoice_id>")
@staff("invoices.view")
def invoice(invoice_id: str) -> ResponseReturnValue:
    """
    Show an invoice with its lines, tax and what was credited.
    """
    with database().read() as session:
        found = queries.one_invoice(session, invoice_id, scope=scope())
        return render_template(
            "billing/invoice.html",
            invoice=found,
            status=standing(found),
            customer=queries.one_customer(session, found.customer_id, scope=scope()),
            notes=queries.notes_on(session, found.id),
            applied=applied_to(session, found.id),
            mails=queries.mails_about(session, found.id),
            given_up=standing_write_offs(session, found.id),
            may_write_off=principal().may("invoices.write_off"),
            may_credit=principal().may("invoices.credit") and any(line.left.minor for line in found.lines),
            may_record=principal().may("payments.record"),
            key=new_id("act"),
        )


@pages.get("/credit-notes/<note_id>")
@staff("invoices.view")
def credit_note(note_id: str) -> ResponseReturnValue:
    """
    Show a credit note with the days it gives back.
    """
    with database().read() as session:
        found = queries.one_credit_note(session, note_id, scope=scope())
        return render_template(
            "billing/credit_note.html",
            note=found,
            invoice=queries.one_invoice(session, found.invoice_id, scope=scope()),
            customer=queries.one_customer(session, found.customer_id, scope=scope()),
        )


@pages.get("/invoices/<invoice_id>/document.pdf")
@staff("invoices.view")
def invoice_document(invoice_id: str) -> ResponseReturnValue:
    """
    Give an invoice as PDF, in the customer's language.
    """
    with database().read() as session:
        found = queries.one_invoice(session, invoice_id, scope=scope())
        language = speak(papers.language_of(session, found.customer_id))
        return paper_answer(papers.invoice_paper(found, language=language), found.number)


@pages.get("/credit-notes/<note_id>/document.pdf")
@staff("invoices.view")
def credit_note_document(note_id: str) -> ResponseReturnValue:
    """
    Give a credit note as PDF, in the customer's language.
    """
    with database().read() as session:
        found = queries.one_credit_note(session, note_id, scope=scope())
        language = speak(papers.language_of(session, found.customer_id))
        return paper_answer(papers.credit_note_paper(session, found, language=language), found.number)
