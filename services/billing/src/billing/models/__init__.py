"""What billing stores. Records only: rules live in ``domain``."""

from billing.models.accounts import Account, AuditEvent, Subscription
from billing.models.base import Record, columns
from billing.models.copies import Customer, Partner, Plan, PlanVersion
from billing.models.documents import Allocation, CreditNote, CreditNoteLine, Invoice, InvoiceLine
from billing.models.ledger import JournalEntry, JournalTx, NumberSeries
from billing.models.mechanism import Idempotency, Inbox, Outbox, RateHit, RevokedSession, StaffHandoff
from billing.models.orders import Order, OrderEvent, OrderLine, Quote, QuoteLine
from billing.models.payments import Payment, PaymentAttempt, PaymentMethod, Refund, WebhookReceipt

__all__ = [
    "Account",
    "Allocation",
    "AuditEvent",
    "CreditNote",
    "CreditNoteLine",
    "Customer",
    "Idempotency",
    "Inbox",
    "Invoice",
    "InvoiceLine",
    "JournalEntry",
    "JournalTx",
    "NumberSeries",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Outbox",
    "Partner",
    "Payment",
    "PaymentAttempt",
    "PaymentMethod",
    "Plan",
    "PlanVersion",
    "Quote",
    "QuoteLine",
    "RateHit",
    "Record",
    "Refund",
    "RevokedSession",
    "StaffHandoff",
    "Subscription",
    "WebhookReceipt",
    "columns",
]
