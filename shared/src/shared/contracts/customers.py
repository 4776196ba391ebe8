"""Facts the customers service states."""

from dataclasses import dataclass
from datetime import date, datetime

from shared.contracts.event import Event


@dataclass(frozen=True, kw_only=True)
class CustomerChanged(Event, name="customers.customer_changed", subject="customer_id"):
    """
    A customer was registered, edited or deleted; carries all that others may keep a copy of.

    *category* individual, business; *billing_type* recurring, prepaid, prepaid_daily; *status* new, active,
    blocked, inactive.
    """

    customer_id: str
    partner_id: str
    version: int
    number: int
    login: str
    full_name: str
    status: str
    category: str
    billing_type: str
    location_id: str | None
    label_ids: tuple[str, ...]
    emails: tuple[str, ...]
    billing_emails: tuple[str, ...]
    phones: tuple[str, ...]
    street: str
    zip_code: str
    city: str
    language: str
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class StatusChanged(Event, name="customers.status_changed", subject="customer_id"):
    """
    A customer's status moved; *reason* is auto, manual or planned.
    """

    customer_id: str
    partner_id: str
    version: int
    old: str
    new: str
    reason: str
    on: date


@dataclass(frozen=True, kw_only=True)
class PartnerChanged(Event, name="customers.partner_changed", subject="partner_id"):
    """
    A provider brand was created or edited; *default* marks the one the others inherit from.
    """

    partner_id: str
    version: int
    name: str
    title: str
    hue: int
    currency: str
    timezone: str
    languages: tuple[str, ...]
    help_phone: str
    help_email: str
    default: bool = False


@dataclass(frozen=True, kw_only=True)
class LocationChanged(Event, name="customers.location_changed", subject="location_id"):
    """
    An area used for availability was created, renamed or deleted.
    """

    location_id: str
    version: int
    name: str
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class LabelChanged(Event, name="customers.label_changed", subject="label_id"):
    """
    A label was created, renamed, recoloured or deleted.
    """

    label_id: str
    version: int
    name: str
    hue: int
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class MessageFailed(Event, name="customers.message_failed", subject="message_id"):
    """
    A message could not be delivered after all tries (decision D29: a requested order falls back to a ticket).
    """

    message_id: str
    partner_id: str
    customer_id: str
    order_id: str | None
    subject_line: str
    body: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class BillMailed(Event, name="customers.bill_mailed", subject="message_id"):
    """
    A mail about a bill was tried for the *attempts*-th time: *state* is sent, queued (it is tried again) or
    failed; *answer* is what the mail server said.
    """

    message_id: str
    partner_id: str
    customer_id: str
    invoice_id: str
    recipients: tuple[str, ...]
    subject_line: str
    state: str
    attempts: int
    tried_at: datetime
    answer: str


@dataclass(frozen=True, kw_only=True)
class StaffSignedOut(Event, name="customers.staff_signed_out", subject="session_id"):
    """
    A staff session ended; its tokens are worth nothing from now on, everywhere.
    """

    session_id: str
    staff_id: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event, name="customers.password_changed", subject="customer_id"):
    """
    A customer's portal password is another one since *at*: whoever signed in with the old one is out.

    A *temporary* one was set by staff, the other kind the customer chose.
    """

    customer_id: str
    partner_id: str
    at: datetime
    temporary: bool = True
