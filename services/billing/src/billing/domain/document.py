"""Invoices and credit notes: what is derived from them, and how they are numbered."""

from datetime import date
from enum import StrEnum

from shared.money import Money


class InvoiceStatus(StrEnum):
    """
    Derived from what is open and the date; nothing of it is stored.
    """

    UNPAID = "unpaid"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    OVERDUE = "overdue"
    WRITTEN_OFF = "written_off"


class InvoiceKind(StrEnum):
    """
    Recurring bills hold a period of a subscription; one-time ones do not. Opening ones hold what was owed
    when the account came from elsewhere, and have numbers of their own.
    """

    RECURRING = "recurring"
    ONE_TIME = "one_time"
    OPENING = "opening"


class CreditStatus(StrEnum):
    """
    Money still to be used, used up, or paid back.
    """

    REFUND_DUE = "refund_due"
    CLOSED = "closed"
    REFUNDED = "refunded"


class RefundStatus(StrEnum):
    """
    Where money on its way back stands; parked waits for a person, who may give it up.
    """

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    PARKED = "parked"
    GIVEN_UP = "given_up"


def invoice_status(
    *, total: Money, open_amount: Money, due_on: date, today: date, written_off: bool = False
) -> InvoiceStatus:
    """
    Return how an invoice stands: overdue from the start of its due date (decision D13).
    """
    if open_amount.minor == 0:
        return InvoiceStatus.WRITTEN_OFF if written_off else InvoiceStatus.PAID
    if due_on <= today:
        return InvoiceStatus.OVERDUE
    return InvoiceStatus.PARTLY_PAID if open_amount < total else InvoiceStatus.UNPAID


def number(*, year: int, partner: int, count: int) -> str:
    """
    Return a document number in the pattern ``{year}{partner|2}{next|6}``, such as ``202601000042``.
    """
    return f"{year}{partner:02d}{count:06d}"
