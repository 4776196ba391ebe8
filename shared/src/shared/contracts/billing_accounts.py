"""Facts the billing service states about accounts that pay late; ``contracts.billing`` names them all."""

from dataclasses import dataclass
from datetime import date

from shared.contracts.event import Event
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class AccountBlocked(Event, name="billing.account_blocked", subject="customer_id"):
    """
    A customer owes too much for too long (decision D13): access is paused, services stay active and charged.

    Unless they pay, services end on *inactive_on*; *mail*: the customer is mailed about it.
    """

    customer_id: str
    partner_id: str
    version: int
    on: date
    owed: Money
    due_since: date
    inactive_on: date | None = None
    mail: bool = True


@dataclass(frozen=True, kw_only=True)
class AccountDeactivated(Event, name="billing.account_deactivated", subject="customer_id"):
    """
    A blocked customer did not pay in time: services ended on *on*, paused copies wait for the payment.

    *prepaid*: credit was missing, nothing has to be owed. *mail*: the customer is mailed about it.
    """

    customer_id: str
    partner_id: str
    version: int
    on: date
    owed: Money
    due_since: date
    prepaid: bool = False
    mail: bool = True


@dataclass(frozen=True, kw_only=True)
class AccountCleared(Event, name="billing.account_cleared", subject="customer_id"):
    """
    Nothing overdue is left: access is back, and paused copies work from *on*. *mail*: they are mailed.
    """

    customer_id: str
    partner_id: str
    version: int
    on: date
    mail: bool = True


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """
    What happens on a day if nobody pays: *code* due, blocked or inactive.
    """

    on: date
    code: str


@dataclass(frozen=True, kw_only=True)
class NextStepsChanged(Event, name="billing.next_steps_changed", subject="customer_id"):
    """
    The days ahead of a customer with an open bill moved; none when nothing is open. *since_on*: its date.
    """

    customer_id: str
    partner_id: str
    version: int
    owed: Money
    since_on: date | None
    steps: tuple[NextStep, ...]


@dataclass(frozen=True, kw_only=True)
class OpenBill:
    """
    A bill of which *open* is still to be paid.
    """

    invoice_id: str
    number: str
    issued_on: date
    due_on: date
    open: Money


@dataclass(frozen=True, kw_only=True)
class ReminderDue(Event, name="billing.reminder_due", subject="customer_id"):
    """
    A customer is to be reminded of all that is open; *step* counts the reminders of the bill furthest along.

    *steps* are ahead if nobody pays; *blocked*: access is paused already.
    """

    customer_id: str
    partner_id: str
    version: int
    step: int
    on: date
    owed: Money
    bills: tuple[OpenBill, ...]
    steps: tuple[NextStep, ...]
    blocked: bool = False
