"""Facts the portal gateway states."""

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.event import Event


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event, name="portal.signed_in", subject="customer_id"):
    """
    A subscriber signed in to the portal.
    """

    customer_id: str
    partner_id: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class SettingsChanged(Event, name="portal.settings_changed", subject="partner_id"):
    """
    A partner's portal settings changed; carries the effective values, inherited ones included.

    *order_channel* is tickets or email. Plan change modes are off, request, self or both, per service type.
    """

    partner_id: str
    version: int
    ordering_enabled: bool
    accept_payment: bool
    order_channel: str
    order_email: str
    internet_change: str = "off"
    voice_change: str = "off"
    recurring_change: str = "off"
