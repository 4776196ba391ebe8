"""The documents a customer may have on paper: their own."""

from sqlalchemy.orm import Session

from billing.domain.collection import Purpose
from billing.domain.payment import Status
from billing.models import CreditNote, Invoice, Payment
from shared.errors import NotFound


def own_invoice(session: Session, *, customer_id: str, invoice_id: str) -> Invoice:
    """
    Return an invoice of the customer.

    :raises NotFound: if they have no such invoice
    """
    found = session.get(Invoice, invoice_id)
    if found is None or found.customer_id != customer_id:
        raise NotFound
    return found


def own_credit_note(session: Session, *, customer_id: str, note_id: str) -> CreditNote:
    """
    Return a credit note of the customer.

    :raises NotFound: if they have no such credit note
    """
    found = session.get(CreditNote, note_id)
    if found is None or found.customer_id != customer_id:
        raise NotFound
    return found


def own_receipt(session: Session, *, customer_id: str, payment_id: str) -> Payment:
    """
    Return a payment of the customer that arrived.

    :raises NotFound: if they have no such payment
    """
    found = session.get(Payment, payment_id)
    if found is None or found.customer_id != customer_id:
        raise NotFound
    if found.status not in (Status.SUCCEEDED, Status.REFUNDED) or found.purpose is Purpose.OPENING:
        raise NotFound
    return found
