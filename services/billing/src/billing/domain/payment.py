"""
What may become of a payment.

A payment is *open* until the provider has said for certain what happened; a closed one never goes back. The
provider's word may arrive twice, late or in the wrong order, so every report is weighed here first.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from shared.errors import Conflict
from shared.money import Money


class Status(StrEnum):
    """
    Where a payment stands; *pending* also means that its outcome is not known yet.
    """

    PENDING = "pending"
    ACTION_REQUIRED = "action_required"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    REVERSED = "reversed"


class Effect(StrEnum):
    """
    What a report of the provider does to a payment: nothing, moves it, or comes after we gave it up.
    """

    NONE = "none"
    MOVES = "moves"
    LATE = "late"


class Decision(StrEnum):
    """
    What a person decided when the provider took another amount than we asked for.
    """

    ACCEPT = "accept"
    REFUND = "refund"


class PaymentDecided(Conflict, code="payment_decided", title="Nothing is left to decide"):
    """
    Nobody has to decide about this payment, or somebody has already decided otherwise.
    """


class PaymentTooLow(Conflict, code="payment_too_low", title="This does not cover the order"):
    """
    What was paid cannot be accepted: too little, another currency, or the order no longer waits for it.
    """


class OrderNotPayable(Conflict, code="order_not_payable", title="This order cannot be paid now"):
    """
    The order is paid, under way, or its time is over.
    """


OPEN = frozenset({Status.PENDING, Status.ACTION_REQUIRED})

GIVEN_UP = frozenset({Status.FAILED, Status.CANCELLED})

# How long to wait before asking the provider again, in seconds; then daily (billing.md B.6).
LADDER = (2, 10, 60, 300, 3600)
DAILY = 86_400

RETRY_FOR = timedelta(days=7)


def weigh(current: Status, reported: Status) -> Effect:
    """
    Say what the provider's report *reported* does to a payment that is *current*.

    Money that arrives for a payment we gave up is LATE: it is taken into the books and sent back (F66).
    """
    if current in OPEN:
        return Effect.NONE if reported is current else Effect.MOVES
    if current in GIVEN_UP and reported is Status.SUCCEEDED:
        return Effect.LATE
    return Effect.NONE


def covers(paid: Money, due: Money) -> bool:
    """
    Tell whether *paid* is enough for *due*, in the same currency.
    """
    return paid.currency == due.currency and paid.minor >= due.minor


def wait_after(tries: int) -> timedelta:
    """
    Return how long to wait for the provider after the *tries*-th question (1 is the first).
    """
    seconds = LADDER[tries - 1] if tries <= len(LADDER) else DAILY
    return timedelta(seconds=seconds)


def retry_until(failed_at: datetime) -> datetime:
    """
    Return the last instant a failed payment may be tried again.
    """
    return failed_at + RETRY_FOR
