"""
How a customer is billed: each value comes from the account, its partner, the Default partner, or from here.

Ranges are those of rules.md 2.1. A value that is absent is inherited; None is a value and means *never*.
``*`` on screens marks what differs from Default, not what was merely typed in (decision D37).
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, TypeVar

from billing.domain.change_settings import ChangeSettings


class Collection(StrEnum):
    """
    Recurring accounts pay before their period, for up to 12 months, or after it.
    """

    PREPAY = "prepay"
    POSTPAY = "postpay"


@dataclass(frozen=True, kw_only=True)
class BillingSettings:
    """
    Days are counted from the document's date (*due_days*), from due (*block_after*) and from blocking
    (*deactivate_after*); None never blocks or deactivates. Money is in minor units of the account's currency.

    *billing_day* 1..28. *prepay_months* 1..12. *separate_periods*: each billing day missed gets its own bill.
    *confirm_after_days*: bills go out by themselves so many days after the billing day, at *confirm_hour*
    (None: never, a person confirms). *undo_minutes*: how long a change for today can be withdrawn.
    *holidays*: ISO dates. *reminders*: the days of up to three mails, counted from the due day.
    *reactivate_one_by_one*: paused prepaid services come back in order, not only all of them together.
    *top_up_sums*: what the portal offers to top up at a press.
    *approve_paid*: paid orders are approved by themselves, for the day the form would suggest.
    *unpaid_hours*: how long an order may stay unpaid. *request_days*: how long a request waits for a person
    (None: for ever).
    *mail_invoices*, *mail_access*, *mail_payments*: whether customers are mailed about bills, about access
    that is paused, ended or back, and about payments that failed.
    """

    billing_enabled: bool = True
    billing_day: int = 1
    collection: str = Collection.PREPAY
    prepay_months: int = 1
    due_days: int = 15
    process_blocking: bool = True
    block_after: int | None = 0
    process_deactivation: bool = True
    deactivate_after: int | None = 10
    min_balance_minor: int = 0
    blocking_hour: int = 0
    block_on_weekends: bool = True
    holidays: tuple[str, ...] = ()
    block_by_one_time: bool = False
    reminders: tuple[int, ...] = (-5, -1, 5)
    zero_invoices: bool = False
    separate_periods: bool = False
    confirm_after_days: int | None = 0
    confirm_hour: int = 5
    use_credit: bool = True
    charge_card: bool = False
    retry_days: tuple[int, ...] = (3, 5, 7)
    undo_minutes: int = 10
    process_prepaid: bool = True
    prepaid_deactivate_after: int | None = 10
    reactivate_prepaid: bool = True
    reactivate_one_by_one: bool = False
    top_up_min_minor: int = 500
    top_up_max_minor: int = 20_000
    top_up_sums: tuple[int, ...] = (1000, 2000, 4000)
    mail_invoices: bool = True
    mail_access: bool = True
    mail_payments: bool = True
    approve_paid: bool = False
    unpaid_hours: int = 24
    request_days: int | None = None


Settings = TypeVar("Settings", BillingSettings, ChangeSettings)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """
    One field as a settings screen shows it: *differs* from Default decides about the ``*``.
    """

    name: str
    value: Any
    inherited: Any
    overridden: bool
    differs: bool


def layered(base: Settings, *layers: Mapping[str, Any]) -> Settings:
    """
    Return *base* with each layer of own values laid over it, the last one on top; unknown names are ignored.
    """
    for layer in layers:
        base = replace(base, **{name: _frozen(layer[name]) for name in names(base) if name in layer})
    return base


def names(settings: BillingSettings | ChangeSettings) -> tuple[str, ...]:
    """
    Return the fields in the order of the screen.
    """
    return tuple(field.name for field in fields(settings))


def shown(inherited: Settings, own: Mapping[str, Any], default: Settings) -> list[Shown]:
    """
    Return every field with where its value comes from.
    """
    values = layered(inherited, own)
    return [
        Shown(
            name=name,
            value=getattr(values, name),
            inherited=getattr(inherited, name),
            overridden=name in own,
            differs=getattr(values, name) != getattr(default, name),
        )
        for name in names(inherited)
    ]


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
