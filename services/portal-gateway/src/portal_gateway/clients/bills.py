"""Asks billing about bills: what is open, what paid them, why they differ, and how the balance moved."""

from typing import Any, TypedDict

from portal_gateway.clients.calls import Amount, Caller, Calls, Page


class Taxed(TypedDict):
    """
    What a document holds of one VAT rate, in percent.
    """

    rate: str
    net: Amount
    tax: Amount
    gross: Amount


class Invoice(TypedDict):
    """
    A bill; *paying* is the payment under way for it.
    """

    id: str
    number: str
    order_id: str | None
    kind: str
    issued_on: str
    due_on: str
    period: dict[str, str] | None
    total: Amount
    tax_included: Amount
    taxes: list[Taxed]
    open: Amount
    status: str
    paying: str | None
    lines: list[dict[str, Any]]


class Bill(Invoice):
    """
    A bill with what was used for it.
    """

    applied: list[dict[str, Any]]


class CreditNote(TypedDict):
    """
    A correction of a bill.
    """

    id: str
    number: str
    invoice_id: str
    invoice_number: str
    issued_on: str
    total: Amount
    tax_included: Amount
    taxes: list[Taxed]
    left: Amount
    reason: str
    status: str
    lines: list[dict[str, Any]]


class Comparison(TypedDict):
    """
    Why a bill differs from the one before.
    """

    earlier: dict[str, Any] | None
    difference: Amount
    changes: list[dict[str, Any]]


class Bills:
    """
    What billing tells about documents.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    def all(self, caller: Caller, **page: str | int | list[str]) -> Page[Invoice]:
        """
        Return the caller's bills, newest first.
        """
        answer: Page[Invoice] = self.calls.get("/invoices", principal=caller, params=page)
        return answer

    def open(self, caller: Caller) -> list[Invoice]:
        """
        Return the bills that are not paid, the oldest due first.
        """
        return list(self.calls.get("/invoices/open", principal=caller)["items"])

    def one(self, caller: Caller, invoice_id: str) -> Bill:
        """
        Return one bill with its lines and what was used for it.
        """
        answer: Bill = self.calls.get(f"/invoices/{invoice_id}", principal=caller)
        return answer

    def comparison(self, caller: Caller, invoice_id: str) -> Comparison:
        """
        Return why the bill is different from the one before.
        """
        answer: Comparison = self.calls.get(f"/invoices/{invoice_id}/comparison", principal=caller)
        return answer

    def credit_notes(self, caller: Caller, **page: str | int) -> Page[CreditNote]:
        """
        Return the caller's credit notes, newest first.
        """
        answer: Page[CreditNote] = self.calls.get("/credit-notes", principal=caller, params=page)
        return answer

    def credit_note(self, caller: Caller, note_id: str) -> CreditNote:
        """
        Return one credit note.
        """
        answer: CreditNote = self.calls.get(f"/credit-notes/{note_id}", principal=caller)
        return answer

    def document(self, caller: Caller, path: str, **asked: str) -> bytes:
        """
        Return a document as PDF: a bill, a credit note, a receipt or a statement.
        """
        paper: bytes = self.calls.get(path, principal=caller, params=asked)
        return paper

    def statement(self, caller: Caller, **days: str) -> dict[str, Any]:
        """
        Return what happened to the balance *from* one day *to* another; this year, unless said otherwise.
        """
        answer: dict[str, Any] = self.calls.get("/statements", principal=caller, params=days)
        return answer
