"""The fields of the settings screens: how each is typed, within which limits, and who may have own values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from billing.domain.settings import Collection
from shared.money import Money, UnclearAmount

NEVER = "never"
FLAGS = {"on": True, "off": False}
MOST_LISTED = 60
MOST_STEPS = 3
STEP = re.compile("-?[0-9]{1,2}")
LARGEST = 10_000_000


class Kind(StrEnum):
    """
    How a value is typed.
    """

    FLAG = "flag"
    NUMBER = "number"
    MONEY = "money"
    COLLECTION = "collection"
    NUMBERS = "numbers"
    STEPS = "steps"
    SUMS = "sums"
    DATES = "dates"


class Unreadable(ValueError):
    """
    What was typed is no value of the field.
    """


@dataclass(frozen=True, kw_only=True)
class Field:
    """
    One field: *never* may be typed for a number where a step need not happen; *own*: customers may differ.
    """

    name: str
    kind: Kind
    low: int = 0
    high: int = 0
    never: bool = False
    own: bool = False


def _number(name: str, low: int, high: int, *, never: bool = False, own: bool = False) -> Field:
    return Field(name=name, kind=Kind.NUMBER, low=low, high=high, never=never, own=own)


def _flag(name: str, *, own: bool = False) -> Field:
    return Field(name=name, kind=Kind.FLAG, own=own)


GROUPS: Mapping[str, tuple[Field, ...]] = {
    "bills": (
        _flag("billing_enabled", own=True),
        _number("billing_day", 1, 28, own=True),
        Field(name="collection", kind=Kind.COLLECTION, own=True),
        _number("prepay_months", 1, 12, own=True),
        _number("due_days", 1, 28, own=True),
        _flag("zero_invoices"),
        _flag("separate_periods"),
        _number("confirm_after_days", 0, 30, never=True),
        _number("confirm_hour", 0, 23),
        _number("undo_minutes", 0, 1440),
    ),
    "late": (
        _flag("process_blocking", own=True),
        _number("block_after", 0, 99, own=True),
        _flag("process_deactivation", own=True),
        _number("deactivate_after", 1, 99, own=True),
        Field(name="min_balance_minor", kind=Kind.MONEY, low=-LARGEST, high=LARGEST, own=True),
        _flag("block_by_one_time", own=True),
        _number("blocking_hour", 0, 23),
        _flag("block_on_weekends"),
        Field(name="holidays", kind=Kind.DATES),
        Field(name="reminders", kind=Kind.STEPS, low=-27, high=60, never=True, own=True),
    ),
    "money": (
        _flag("use_credit", own=True),
        _flag("charge_card", own=True),
        Field(name="retry_days", kind=Kind.NUMBERS, low=1, high=60),
    ),
    "orders": (
        _flag("approve_paid"),
        _number("unpaid_hours", 1, 720),
        _number("request_days", 1, 365, never=True),
    ),
    "mails": (
        _flag("mail_invoices", own=True),
        _flag("mail_access", own=True),
        _flag("mail_payments", own=True),
    ),
    "prepaid": (
        _flag("process_prepaid"),
        _number("prepaid_deactivate_after", 1, 99, never=True),
        _flag("reactivate_prepaid"),
        _flag("reactivate_one_by_one"),
        Field(name="top_up_min_minor", kind=Kind.MONEY, low=1, high=LARGEST),
        Field(name="top_up_max_minor", kind=Kind.MONEY, low=1, high=LARGEST),
        Field(name="top_up_sums", kind=Kind.SUMS, low=1, high=LARGEST),
    ),
}
FIELDS = {field.name: field for fields in GROUPS.values() for field in fields}
OWN = tuple(field for field in FIELDS.values() if field.own)


def names(fields: tuple[Field, ...]) -> tuple[str, ...]:
    """
    Return the names of *fields*.
    """
    return tuple(field.name for field in fields)


def read(field: Field, text: str, *, currency: str) -> Any:
    """
    Return the value that was typed.

    :raises Unreadable: if it is none, or out of the field's limits
    """
    return _READERS[field.kind](field, text.strip(), currency)


def typed(field: Field, value: Any, *, currency: str) -> str:
    """
    Return *value* as it is typed; reading it again gives the same value.
    """
    if value is None or (field.kind is Kind.STEPS and not value):
        return NEVER
    if field.kind is Kind.FLAG:
        return "on" if value else "off"
    if field.kind is Kind.MONEY:
        return Money(value, currency).amount
    if field.kind is Kind.SUMS:
        return ", ".join(Money(each, currency).amount for each in value)
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _read_flag(_field: Field, text: str, _currency: str) -> bool:
    if text not in FLAGS:
        raise Unreadable(text)
    return FLAGS[text]


def _read_number(field: Field, text: str, _currency: str) -> int | None:
    if field.never and text.casefold() == NEVER:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and field.low <= int(text) <= field.high):
        raise Unreadable(text)
    return int(text)


def _read_money(field: Field, text: str, currency: str) -> int:
    try:
        minor = Money.parse(text.replace(",", "."), currency).minor
    except UnclearAmount:
        raise Unreadable(text) from None
    if not field.low <= minor <= field.high:
        raise Unreadable(text)
    return minor


def _read_collection(_field: Field, text: str, _currency: str) -> str:
    if text not in set(Collection):
        raise Unreadable(text)
    return text


def _read_numbers(field: Field, text: str, currency: str) -> list[int]:
    found = [_read_number(field, part, currency) for part in _parts(text)]
    numbers = [number for number in found if number is not None]
    if numbers != sorted(set(numbers)):
        raise Unreadable(text)
    return numbers


def _read_steps(field: Field, text: str, _currency: str) -> list[int]:
    if text.casefold() == NEVER:
        return []
    parts = _parts(text)
    if not all(STEP.fullmatch(part) for part in parts):
        raise Unreadable(text)
    numbers = [int(part) for part in parts]
    within = all(field.low <= number <= field.high for number in numbers)
    if not within or not 1 <= len(numbers) <= MOST_STEPS or numbers != sorted(set(numbers)):
        raise Unreadable(text)
    return numbers


def _read_sums(field: Field, text: str, currency: str) -> list[int]:
    return sorted({_read_money(field, part, currency) for part in _parts(text)})


def _read_dates(_field: Field, text: str, _currency: str) -> list[str]:
    try:
        days = {date.fromisoformat(part) for part in _parts(text)}
    except ValueError:
        raise Unreadable(text) from None
    return [day.isoformat() for day in sorted(days)]


def _parts(text: str) -> list[str]:
    parts = [part for part in re.split(r"[,;\s]+", text) if part]
    if len(parts) > MOST_LISTED:
        raise Unreadable(text)
    return parts


_READERS = {
    Kind.FLAG: _read_flag,
    Kind.NUMBER: _read_number,
    Kind.MONEY: _read_money,
    Kind.COLLECTION: _read_collection,
    Kind.NUMBERS: _read_numbers,
    Kind.STEPS: _read_steps,
    Kind.SUMS: _read_sums,
    Kind.DATES: _read_dates,
}
