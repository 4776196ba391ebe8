"""What a basket holds: wished-for plans with the price remembered when they were put in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.money import Money, total

KEPT = timedelta(days=30)
LARGEST = 20  # lines; far above what a home needs, low enough that a quote stays quick


@dataclass(frozen=True, kw_only=True)
class Wish:
    """
    One line: *price* is per *interval_months* months, or once when that is 0.
    """

    id: str
    plan_id: str
    version: int
    name: str
    kind: str
    quantity: int
    price: Money
    interval_months: int

    @property
    def amount(self) -> Money:
        """
        The price of the whole line.
        """
        return self.price * self.quantity


@dataclass(frozen=True, kw_only=True)
class Contents:
    """
    A basket as everybody may see it; *revision* moves with every change, *order_id* is what it became.

    *quote* is its price as last shown, *checked* what it was checked against; *sent_quote_id* was sent to be
    ordered.
    """

    id: str
    revision: int
    currency: str
    items: tuple[Wish, ...] = ()
    order_id: str | None = None
    quote_id: str | None = None
    quote_ends_at: datetime | None = None
    quote: dict[str, Any] | None = None
    checked: str | None = None
    sent_quote_id: str | None = None

    @property
    def count(self) -> int:
        """
        How many things are in it.
        """
        return sum(item.quantity for item in self.items)

    @property
    def total(self) -> Money:
        """
        The full price of everything, before the first period is prorated.
        """
        return total([item.amount for item in self.items], self.currency)

    @property
    def monthly(self) -> Money:
        """
        What of it comes back every month.
        """
        return total([item.amount for item in self.items if item.interval_months], self.currency)


def merged(held: int, asked: int, *, largest: int) -> int:
    """
    Return the quantity after adding *asked* to *held*: a plan one can have once stays at one, however often
    it is added.
    """
    return 1 if largest == 1 and asked == 1 else held + asked


def allowed(quantity: int, *, largest: int) -> bool:
    """
    Tell whether so many may be ordered.
    """
    return 1 <= quantity <= largest


@dataclass(frozen=True, kw_only=True)
class PriceChange:
    """
    A price that moved since the plan was put in the basket.
    """

    item_id: str
    name: str
    old: Money
    new: Money


def price_changes(items: Sequence[Wish], prices: dict[str, Money]) -> list[PriceChange]:
    """
    Return the lines whose price is not the remembered one any more.
    """
    return [
        PriceChange(item_id=item.id, name=item.name, old=item.price, new=prices[item.plan_id])
        for item in items
        if item.plan_id in prices and prices[item.plan_id] != item.price
    ]
