"""
What becomes of an order request, as its ticket says it: texts kept by their codes, said where they are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from shared.money import Money
from shared.texts import Text, pack, unpack
from tickets.domain.ticket import LONGEST_SUBJECT

STATES = {
    "placed": Text("placed"),
    "paying": Text("paying"),
    "action_required": Text("waiting for the bank"),
    "paid": Text("paid"),
    "awaiting_approval": Text("waiting for approval"),
    "approved": Text("approved"),
    "active": Text("active"),
    "rejected": Text("rejected"),
    "failed": Text("failed"),
    "cancelled": Text("cancelled"),
    "expired": Text("expired"),
    "refunded": Text("refunded"),
    "taken_back": Text("taken back"),
}

# Said by the first message already, or by facts of their own with more to say.
TOLD_APART = frozenset({"awaiting_approval", "approved", "rejected"})

LINES = "lines"  # the order itself, line by line
TEXTS = {
    "subject": Text("Order %(number)s: %(names)s"),
    "moved": Text("Order %(number)s: %(state)s."),
    "approved": Text("Order %(number)s is approved. It starts on %(day)s."),
    "credited": Text(
        "Order %(number)s is approved. It starts on %(day)s. %(days)s unused days: %(credit)s is credited."
    ),
    "rejected": Text("Order %(number)s is rejected: %(reason)s"),
    "refunded": Text("Order %(number)s is rejected: %(reason)s %(refund)s is refunded."),
    LINES: Text("Order %(number)s"),
}


@dataclass(frozen=True, kw_only=True)
class Notice:
    """
    One of the texts above, by its *code*, with its *params*.
    """

    code: str
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> Text:
        """
        The sentence, in English.
        """
        return Text(TEXTS[self.code].template, self.params)

    @property
    def kept(self) -> dict[str, Any]:
        """
        What is kept of it with a ticket or a message.
        """
        return {"code": self.code, "params": pack(self.params)}


def read(kept: Mapping[str, Any]) -> Text:
    """
    Return what was kept as a text again.
    """
    return Notice(code=kept["code"], params=unpack(kept["params"])).text


def subject(number: int, names: Sequence[str]) -> Notice:
    """
    Return a subject line such as ``Order 10483: Fibre 300, Router``, never longer than a subject may be.
    """
    if not names:
        return Notice(code=LINES, params={"number": number})
    text, room = ", ".join(names), LONGEST_SUBJECT - len(f"Order {number}: ")
    short = text if len(text) <= room else text[: room - 1] + "…"
    return Notice(code="subject", params={"number": number, "names": short})


def moved(number: int, state: str) -> Notice:
    """
    Return where the order stands now, for agents.
    """
    return Notice(code="moved", params={"number": number, "state": STATES.get(state, state)})


def approval(number: int, *, starts_on: date, credit: Money | None, credited_days: int) -> Notice:
    """
    Return the sentence both sides read when an order was approved.
    """
    params: dict[str, Any] = {"number": number, "day": starts_on}
    if credit is None or not credit.minor:
        return Notice(code="approved", params=params)
    return Notice(code="credited", params={**params, "days": credited_days, "credit": credit})


def rejection(number: int, *, reason: str, refund: Money | None) -> Notice:
    """
    Return the sentence both sides read when an order was refused.
    """
    params: dict[str, Any] = {"number": number, "reason": reason}
    if refund is None or not refund.minor:
        return Notice(code="rejected", params=params)
    return Notice(code="refunded", params={**params, "refund": refund})
