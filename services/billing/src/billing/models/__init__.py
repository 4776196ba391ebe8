"""What billing stores. Records only: rules live in ``domain``."""

from billing.models.accounts import ENDING, RENEWING, Account, AuditEvent, Subscription
from billing.models.base import Record, columns
from billing.models.changes import BulkChange, BulkChangeItem, PlanChange, PlanChangeOffer
from billing.models.charges import Charge
from billing.models.checks import ClockHold, ClockSeen, LedgerCheck, MonthFigures
from billing.models.copies import BillMail, Customer, Partner, Plan, PlanVersion, PortalModes
from billing.models.documents import Allocation, CreditNote, CreditNoteLine, Invoice, InvoiceLine, WriteOff
from billing.models.dunning import DunningEvent, Reminder
from billing.models.ledger import JournalEntry, JournalTx, NumberSeries, OpeningBalance
from billing.models.many import BulkAct, BulkActItem, BulkActPaper
from billing.models.mechanism import Idempotency, Inbox, Outbox, RateHit, RevokedSession, StaffHandoff
from billing.models.orders import Order, OrderEvent, OrderLine, Quote, QuoteLine
from billing.models.pauses import Pause
from billing.models.payments import (
    Chargeback,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    Refund,
    WebhookReceipt,
)
from billing.models.runs import BillingRun, RunItem
from billing.models.segments import Segment
from billing.models.settings import PartnerSettings
from billing.models.usage import DataLot, DataMove, UsageRecord

__all__ = [
    "ENDING",
    "RENEWING",
    "Account",
    "Allocation",
    "AuditEvent",
    "BillMail",
    "BillingRun",
    "BulkAct",
    "BulkActItem",
    "BulkActPaper",
    "BulkChange",
    "BulkChangeItem",
    "Charge",
    "Chargeback",
    "ClockHold",
    "ClockSeen",
    "CreditNote",
    "CreditNoteLine",
    "Customer",
    "DataLot",
    "DataMove",
    "DunningEvent",
    "Idempotency",
    "Inbox",
    "Invoice",
    "InvoiceLine",
    "JournalEntry",
    "JournalTx",
    "LedgerCheck",
    "MonthFigures",
    "NumberSeries",
    "OpeningBalance",
    "Order",
    "OrderEvent",
    "OrderLine",
    "Outbox",
    "Partner",
    "PartnerSettings",
    "Pause",
    "Payment",
    "PaymentAttempt",
    "PaymentMethod",
    "Plan",
    "PlanChange",
    "PlanChangeOffer",
    "PlanVersion",
    "PortalModes",
    "Quote",
    "QuoteLine",
    "RateHit",
    "Record",
    "Refund",
    "Reminder",
    "RevokedSession",
    "RunItem",
    "Segment",
    "StaffHandoff",
    "Subscription",
    "UsageRecord",
    "WebhookReceipt",
    "WriteOff",
    "columns",
]
