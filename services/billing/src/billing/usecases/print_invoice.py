"""Make the PDF of one bill of many: drawn outside of any transaction, since that takes a while, then kept."""

from billing.domain.change import BulkStatus, ItemStatus
from billing.models import BulkAct, BulkActItem, BulkActPaper, Invoice
from billing.queries import papers
from shared.db import Database
from shared.paper import render
from shared.web.papers import written_for


def print_invoice(db: Database, bulk_id: str, target_id: str) -> None:
    """
    Draw the bill in its customer's language and keep it for the file; done twice, it is the same.
    """
    with db.read() as session:
        invoice = session.get_one(Invoice, target_id)
        language = papers.language_of(session, invoice.customer_id)
        with written_for(language, package="billing"):
            content = render(papers.invoice_paper(invoice, language=language))
        name = f"{invoice.number}.pdf"
    with db.begin() as session:
        item = session.get_one(BulkActItem, (bulk_id, target_id), with_for_update=True)
        if session.get_one(BulkAct, bulk_id).status is not BulkStatus.CONFIRMED:
            return
        session.merge(BulkActPaper(bulk_id=bulk_id, target_id=target_id, name=name, content=content))
        item.status, item.lease_until = ItemStatus.DONE, None
