"""Bills, credit notes, receipts and statements as PDF."""

from datetime import date

from flask import Response

from portal_gateway.api.caller import caller, subscriber, upstreams
from portal_gateway.api.invoices import Days
from shared.web.strict import Blueprint

blueprint = Blueprint("documents", __name__, url_prefix="/api/v1", description="Documents as PDF")

PDF = {
    "description": "A PDF",
    "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
}


@blueprint.route("/invoices/<invoice_id>/document.pdf", methods=["GET"])
@subscriber
@blueprint.doc(responses={"200": PDF})
def get_invoice_document(invoice_id: str) -> Response:
    """
    Give a bill as PDF.
    """
    return _paper(f"/invoices/{invoice_id}/document.pdf", "bill")


@blueprint.route("/credit-notes/<note_id>/document.pdf", methods=["GET"])
@subscriber
@blueprint.doc(responses={"200": PDF})
def get_credit_note_document(note_id: str) -> Response:
    """
    Give a credit note as PDF.
    """
    return _paper(f"/credit-notes/{note_id}/document.pdf", "credit-note")


@blueprint.route("/payments/<payment_id>/receipt.pdf", methods=["GET"])
@subscriber
@blueprint.doc(responses={"200": PDF})
def get_receipt(payment_id: str) -> Response:
    """
    Give the receipt of a payment that arrived as PDF.
    """
    return _paper(f"/payments/{payment_id}/receipt.pdf", "receipt")


@blueprint.route("/statements/document.pdf", methods=["GET"])
@subscriber
@blueprint.arguments(Days, location="query")
@blueprint.doc(responses={"200": PDF})
def get_statement_document(days: dict[str, date]) -> Response:
    """
    Give a statement as PDF.
    """
    asked = {name.removesuffix("_on"): day.isoformat() for name, day in days.items()}
    return _paper("/statements/document.pdf", "statement", **asked)


def _paper(path: str, name: str, **asked: str) -> Response:
    answer = Response(
        upstreams().billing.bills.document(caller(), path, **asked), content_type="application/pdf"
    )
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer
