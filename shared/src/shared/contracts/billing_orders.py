"""What facts about orders carry."""

from dataclasses import dataclass
from datetime import date

from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class OrderedItem:
    """
    One line of an order, as other services may show it: for *days* of a period of *nominal_days*, or once.

    *explanation* is English; *last_on* is the last day covered. *why* says how the *price* of one came to the
    amount: part_period, whole_period, one_day, unused_part, once, at_activation, price_of_change.
    """

    plan_id: str
    name: str
    kind: str
    quantity: int
    amount: Money
    explanation: str = ""
    days: int = 0
    nominal_days: int = 0
    first_on: date | None = None
    last_on: date | None = None
    price: Money | None = None
    why: str = ""
