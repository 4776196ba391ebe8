"""What an order request says, in the words of its ticket."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.money import Money
from tickets.domain.ticket import LONGEST_SUBJECT

STATES = {
    "placed": "placed",
    "paying": "paying",
    "action_required": "waiting for the bank",
    "paid": "paid",
    "awaiting_approval": "waiting for approval",
    "approved": "approved",
    "active": "active",
    "rejected": "rejected",
    "failed": "failed",
    "cancelled": "cancelled",
    "expired": "expired",
    "refunded": "refunded",
}

# Said by the first message already, or by facts of their own with more to say.
TOLD_APART = frozenset({"awaiting_approval", "approved", "rejected"})


@dataclass(frozen=True, kw_only=True)
class Line:
    """
    One ordered thing.
    """

    name: str
    quantity: int
    amount: Money
    explanation: str = ""


def subject(number: int, lines: Sequence[Line]) -> str:
    """
    Return a subject line such as ``Order 10483: Fibre 300, Router``, never longer than a subject may be.
    """
    names = ", ".join(line.name for line in lines)
    text = f"Order {number}: {names}" if names else f"Order {number}"
    return text if len(text) <= LONGEST_SUBJECT else text[: LONGEST_SUBJECT - 1] + "…"


def body(lines: Sequence[Line], *, total: Money, then: Money | None) -> str:
    """
    Return the order line by line, its total, and what it costs a month from then on.
    """
    told = [_line(line) for line in lines]
    told.append(f"Total: {total}")
    if then is not None:
        told.append(f"Then {then} a month")
    return "\n".join(told)


def _line(line: Line) -> str:
    count = f"{line.quantity} × " if line.quantity > 1 else ""
    why = f" ({line.explanation})" if line.explanation else ""
    return f"{count}{line.name}: {line.amount}{why}"


def approval(number: int, *, starts_on: date, credit: Money | None, credited_days: int) -> str:
    """
    Return the sentence both sides read when an order was approved.
    """
    text = f"Order {number} is approved. It starts on {_day(starts_on)}."
    if credit is not None and credit.minor:
        text += f" {credited_days} unused days: {credit} is credited."
    return text


def rejection(number: int, *, reason: str, refund: Money | None) -> str:
    """
    Return the sentence both sides read when an order was refused.
    """
    text = f"Order {number} is rejected: {reason}"
    if refund is not None and refund.minor:
        text += f" {refund} is refunded."
    return text


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
