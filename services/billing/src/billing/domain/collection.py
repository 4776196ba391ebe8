"""
Collecting what is owed: what a payment is for, which bills it pays, and when an automatic one is tried again.

The bills named come first, then the oldest due; what is left is the customer's credit (billing.md B.6).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from shared.errors import Conflict


class Purpose(StrEnum):
    """
    What a payment is for: an order, bills, the account as a whole (recorded by staff), or a prepaid balance;
    opening is credit the account came with.
    """

    ORDER = "order"
    BILLS = "bills"
    ACCOUNT = "account"
    BALANCE = "balance"
    OPENING = "opening"


class InvoiceNotPayable(Conflict, code="invoice_not_payable", title="This bill cannot be paid now"):
    """
    Nothing is open on the bill, or a payment for it is under way (*params* names it).
    """


# How long a payment may wait for the customer at the bank: at the page, or found later by chance.
ACT_AT_ONCE_FOR = timedelta(minutes=30)
ACT_LATER_FOR = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Owed:
    """
    An open bill: *open_minor* is what it still asks for.
    """

    invoice_id: str
    due_on: date
    open_minor: int


@dataclass(frozen=True)
class Use:
    """
    So much of a payment goes to that bill.
    """

    invoice_id: str
    minor: int


def uses(amount: int, bills: Sequence[Owed], *, named: Iterable[str] = ()) -> list[Use]:
    """
    Divide *amount* among *bills*: the *named* ones in their order, then the oldest due; the rest is credit.
    """
    first = {invoice_id: n for n, invoice_id in enumerate(named)}
    queue = sorted(
        bills, key=lambda bill: (first.get(bill.invoice_id, len(first)), bill.due_on, bill.invoice_id)
    )
    found = []
    for bill in queue:
        part = min(amount, bill.open_minor)
        if part > 0:
            found.append(Use(bill.invoice_id, part))
            amount -= part
    return found


def next_try(first_on: date, retry_days: Sequence[int], *, tries: int) -> date | None:
    """
    Return the day of the next automatic try after *tries* have failed, counted from the first; None: no more.
    """
    later = sorted({days for days in retry_days if days > 0})
    return first_on + timedelta(days=later[tries - 1]) if 1 <= tries <= len(later) else None
