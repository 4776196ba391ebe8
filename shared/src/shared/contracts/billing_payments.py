"""Facts the billing service states about money that comes and goes; ``contracts.billing`` names them all."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.contracts.event import Event
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class PaymentSucceeded(Event, name="billing.payment_succeeded", subject="payment_id"):
    """
    Money has arrived; *purpose* is order, bills, account (recorded by staff) or balance (a top-up).
    """

    payment_id: str
    order_id: str | None
    customer_id: str
    partner_id: str
    amount: Money
    paid_at: datetime
    method_label: str
    invoice_number: str | None = None
    purpose: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentDecided(Event, name="billing.payment_decided", subject="payment_id"):
    """
    The provider took another amount than *asked*; a person decided to accept it or to give it back (refund).
    """

    payment_id: str
    order_id: str | None
    customer_id: str
    partner_id: str
    decision: str
    asked: Money
    taken: Money
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(Event, name="billing.payment_failed", subject="payment_id"):
    """
    No money was taken for the order, or (*code* amount_differs) what was taken goes back; *code* is why.

    An order can be paid again through *payable_until*; an *automatic* payment is tried again on *retry_on*. A
    *superseded* one was given up because the customer pays another way. *mail*: the customer is mailed.
    *purpose* is order, bills or balance (a top-up).
    """

    payment_id: str
    order_id: str | None
    customer_id: str
    partner_id: str
    amount: Money
    code: str
    method_label: str = ""
    automatic: bool = False
    superseded: bool = False
    retry_on: date | None = None
    payable_until: date | None = None
    mail: bool = True
    purpose: str = ""


@dataclass(frozen=True, kw_only=True)
class OpeningBalanceSet(Event, name="billing.opening_balance_set", subject="customer_id"):
    """
    Staff entered what a customer had as credit, or owed (below zero), when the account came from elsewhere.
    """

    customer_id: str
    partner_id: str
    amount: Money
    reason: str


@dataclass(frozen=True, kw_only=True)
class OpeningBalanceUndone(Event, name="billing.opening_balance_undone", subject="customer_id"):
    """
    An opening balance was taken back.
    """

    customer_id: str
    partner_id: str
    amount: Money
    reason: str


@dataclass(frozen=True, kw_only=True)
class InvoiceWrittenOff(Event, name="billing.invoice_written_off", subject="invoice_id"):
    """
    Staff gave up what was open of a bill; nobody is reminded or blocked for it any more.
    """

    invoice_id: str
    number: str
    customer_id: str
    partner_id: str
    amount: Money
    on: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class WriteOffUndone(Event, name="billing.write_off_undone", subject="invoice_id"):
    """
    What was given up of a bill is owed again.
    """

    invoice_id: str
    number: str
    customer_id: str
    partner_id: str
    amount: Money
    reason: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(Event, name="billing.payment_refunded", subject="payment_id"):
    """
    Money went back to the customer. *because* is the reason with its parameters as JSON, where it is ours.
    """

    payment_id: str
    order_id: str | None
    customer_id: str
    partner_id: str
    amount: Money
    reason: str
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentReversed(Event, name="billing.payment_reversed", subject="payment_id"):
    """
    Money that had arrived was taken back by the bank (chargeback); the debt is open again.
    """

    payment_id: str
    customer_id: str
    partner_id: str
    amount: Money
    reason: str
