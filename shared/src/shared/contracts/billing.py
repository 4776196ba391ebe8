"""Facts the billing service states."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.contracts.billing_accounts import (
    AccountBlocked as AccountBlocked,
)
from shared.contracts.billing_accounts import (
    AccountCleared as AccountCleared,
)
from shared.contracts.billing_accounts import (
    AccountDeactivated as AccountDeactivated,
)
from shared.contracts.billing_accounts import (
    NextStep as NextStep,
)
from shared.contracts.billing_accounts import (
    NextStepsChanged as NextStepsChanged,
)
from shared.contracts.billing_accounts import (
    OpenBill as OpenBill,
)
from shared.contracts.billing_accounts import (
    ReminderDue as ReminderDue,
)
from shared.contracts.billing_ends import (
    SubscriptionEndBooked as SubscriptionEndBooked,
)
from shared.contracts.billing_ends import (
    SubscriptionEndWithdrawn as SubscriptionEndWithdrawn,
)
from shared.contracts.billing_offers import (
    PlanChangeOfferClosed as PlanChangeOfferClosed,
)
from shared.contracts.billing_offers import (
    PlanChangeOffered as PlanChangeOffered,
)
from shared.contracts.billing_orders import OrderedItem as OrderedItem
from shared.contracts.billing_pauses import (
    SubscriptionPauseBooked as SubscriptionPauseBooked,
)
from shared.contracts.billing_pauses import (
    SubscriptionPaused as SubscriptionPaused,
)
from shared.contracts.billing_pauses import (
    SubscriptionPauseWithdrawn as SubscriptionPauseWithdrawn,
)
from shared.contracts.billing_pauses import (
    SubscriptionResumed as SubscriptionResumed,
)
from shared.contracts.billing_payments import (
    InvoiceWrittenOff as InvoiceWrittenOff,
)
from shared.contracts.billing_payments import (
    OpeningBalanceSet as OpeningBalanceSet,
)
from shared.contracts.billing_payments import (
    OpeningBalanceUndone as OpeningBalanceUndone,
)
from shared.contracts.billing_payments import (
    PaymentDecided as PaymentDecided,
)
from shared.contracts.billing_payments import (
    PaymentFailed as PaymentFailed,
)
from shared.contracts.billing_payments import (
    PaymentRefunded as PaymentRefunded,
)
from shared.contracts.billing_payments import (
    PaymentReversed as PaymentReversed,
)
from shared.contracts.billing_payments import (
    PaymentSucceeded as PaymentSucceeded,
)
from shared.contracts.billing_payments import (
    WriteOffUndone as WriteOffUndone,
)
from shared.contracts.event import Event
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Event, name="billing.order_placed", subject="order_id"):
    """
    An order to be paid was accepted.
    """

    order_id: str
    number: int
    customer_id: str
    partner_id: str
    version: int
    total: Money
    items: tuple[OrderedItem, ...]


@dataclass(frozen=True, kw_only=True)
class OrderRequested(Event, name="billing.order_requested", subject="order_id"):
    """
    An order was sent as a request; *channel* (tickets, email) says where it arrives, *send_to* the address.

    *then* is what follows every *then_months* months or *then_days* days; *preferred_start_on* is the day the
    customer would like to start.
    """

    order_id: str
    number: int
    customer_id: str
    partner_id: str
    version: int
    channel: str
    send_to: str | None
    total: Money
    then: Money | None
    items: tuple[OrderedItem, ...]
    then_months: int = 1
    then_days: int = 0
    preferred_start_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class OrderChanged(Event, name="billing.order_changed", subject="order_id"):
    """
    An order moved to another state; *approval* is open, done or None, *reason* why it was rejected or failed.
    """

    order_id: str
    number: int
    customer_id: str
    partner_id: str
    version: int
    old: str
    new: str
    approval: str | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class OrderApproved(Event, name="billing.order_approved", subject="order_id"):
    """
    It is confirmed when the ordered subscriptions really started; *credit* is for the unused days.
    """

    order_id: str
    number: int
    customer_id: str
    partner_id: str
    version: int
    starts_on: date
    credit: Money | None
    credited_days: int = 0


@dataclass(frozen=True, kw_only=True)
class OrderRejected(Event, name="billing.order_rejected", subject="order_id"):
    """
    A person refused an order; the customer is shown the reason. *refund* goes to card or balance.
    """

    order_id: str
    number: int
    customer_id: str
    partner_id: str
    version: int
    reason: str
    refund: Money | None = None
    refund_to: str = ""


@dataclass(frozen=True, kw_only=True)
class SubscriptionActivated(Event, name="billing.subscription_activated", subject="subscription_id"):
    """
    A customer has a plan from *starts_on* on.
    """

    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    plan_id: str
    plan_name: str
    kind: str
    order_id: str | None
    starts_on: date


@dataclass(frozen=True, kw_only=True)
class SubscriptionChanged(Event, name="billing.subscription_changed", subject="subscription_id"):
    """
    A subscription's status, start or end moved (approval, rejection, plan change, pause, deactivation).

    *ends_on* is its last day; *parent_id* the one it replaces; *contract_ends_on* the last of its contract.
    """

    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    plan_id: str
    plan_name: str
    kind: str
    status: str
    starts_on: date
    ends_on: date | None = None
    parent_id: str | None = None
    contract_ends_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class PlanChangeBooked(Event, name="billing.plan_change_booked", subject="change_id"):
    """
    A subscription will move to another plan on *effective_on*; *source* is portal, admin, request or bulk.

    It can be withdrawn until *effective_at*; nothing was charged yet.
    """

    change_id: str
    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    from_plan_name: str
    to_plan_id: str
    to_plan_name: str
    effective_on: date
    effective_at: datetime
    source: str
    ticket_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class PlanChangeWithdrawn(Event, name="billing.plan_change_withdrawn", subject="change_id"):
    """
    A booked plan change was undone before its moment: the plan stays, nothing was charged.
    """

    change_id: str
    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    to_plan_name: str


@dataclass(frozen=True, kw_only=True)
class PlanChanged(Event, name="billing.plan_changed", subject="change_id"):
    """
    A subscription moved to another plan; *new_subscription_id* goes on from *effective_on*.

    *charged* is what the change was billed at, *credited* what unused days gave back.
    """

    change_id: str
    subscription_id: str
    new_subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    from_plan_name: str
    to_plan_id: str
    to_plan_name: str
    effective_on: date
    charged: Money
    credited: Money
    ticket_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class PlanChangeFailed(Event, name="billing.plan_change_failed", subject="change_id"):
    """
    A booked plan change could not be applied; the plan stays and nothing was charged. *code* says why.

    It was to be made on *effective_on*.
    """

    change_id: str
    subscription_id: str
    customer_id: str
    partner_id: str
    version: int
    to_plan_name: str
    code: str
    from_plan_name: str = ""
    effective_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued(Event, name="billing.invoice_issued", subject="invoice_id"):
    """
    A bill was issued; it never changes again. *open* is what credit did not pay; *mail*: it is mailed.
    """

    invoice_id: str
    number: str
    customer_id: str
    partner_id: str
    total: Money
    issued_on: date
    due_on: date
    status: str
    open: Money | None = None
    mail: bool = False


@dataclass(frozen=True, kw_only=True)
class InvoiceSentAgain(Event, name="billing.invoice_sent_again", subject="invoice_id"):
    """
    Staff had a bill mailed to its customer once more; *open* and *status* are of that moment.
    """

    invoice_id: str
    number: str
    customer_id: str
    partner_id: str
    total: Money
    open: Money
    issued_on: date
    due_on: date
    status: str


@dataclass(frozen=True, kw_only=True)
class CreditNoteIssued(Event, name="billing.credit_note_issued", subject="credit_note_id"):
    """
    Part of a bill was credited. *because* is the reason with its parameters as JSON, where it is one of ours.
    """

    credit_note_id: str
    number: str
    invoice_id: str
    customer_id: str
    partner_id: str
    total: Money
    issued_on: date
    reason: str
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class BalanceChanged(Event, name="billing.balance_changed", subject="customer_id"):
    """
    A customer's balance moved: positive is credit, negative is owed.
    """

    customer_id: str
    partner_id: str
    version: int
    balance: Money


@dataclass(frozen=True, kw_only=True)
class BillingRunFinished(Event, name="billing.billing_run_finished", subject="run_id"):
    """
    A billing run ended; *mode* is preview or issue, *failed* counts accounts a person must look at.
    """

    run_id: str
    partner_id: str
    version: int
    mode: str
    cut_off_on: date
    invoices: int
    failed: int
    total: Money
