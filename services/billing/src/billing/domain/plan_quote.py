"""
What a change of plan is priced from, and what comes out: values only (the rules: ``domain/plan_change.py``).
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from billing.domain.basket import Then, with_tax
from billing.domain.change_settings import Timing
from billing.domain.charging import Price
from billing.domain.line import Code, Line
from shared.money import Money, total
from shared.periods import Period


class Direction(StrEnum):
    """
    Which way a change goes, by the price of 30 days (decision D4).
    """

    UP = "up"
    DOWN = "down"
    SAME = "same"


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """
    How a prepaid account pays: a whole period from the day of change (*days* long; 0: the plan's months), or
    *daily*. It always pays at once, from the credit.
    """

    daily: bool
    days: int = 0


@dataclass(frozen=True, kw_only=True)
class Rules:
    """
    What the partner set for changes of plan, and how the account is billed.

    *use_credit*: credit pays the new invoice. *minimum* is of that invoice: below it nothing is billed now,
    the lines wait (decision D5).
    """

    refund: bool
    fee_up: Money
    fee_down: Money
    timing: Timing
    minimum: Money
    anchor_day: int
    postpay: bool = False
    prepay_months: int = 1
    prepaid: Ahead | None = None
    use_credit: bool = True


@dataclass(frozen=True, kw_only=True)
class Standing:
    """
    A line that was charged for days to come: on a bill, or *waiting* for the next one.

    *covers_to* is the first day it does not charge for (any more); *left* is what of it was not credited,
    *credited* the days that were.
    """

    id: str
    line: Line
    left: Money
    covers_to: date
    tax: Money
    waiting: bool = False
    credited: tuple[Period, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Refund:
    """
    What goes back of a line: *line* has the days and a negative amount, *tax* is contained in it.
    """

    source: Standing
    line: Line
    tax: Money


@dataclass(frozen=True, kw_only=True)
class NextBill:
    """
    The next bill of this service as things are, with what waits for it.
    """

    on: date
    amount: Money


@dataclass(frozen=True, kw_only=True)
class PlanQuote:
    """
    Everything a change does. *billed*: an invoice is made at once; otherwise the new lines wait for the next.

    *charged_through* is the first day the new plan is not charged for yet. *set_off*: credit pays the bill.
    """

    direction: Direction
    effective_on: date
    target: Price
    refunds: tuple[Refund, ...]
    charges: tuple[Line, ...]
    billed: bool
    charged_through: date
    next_bill: NextBill
    then: Then
    set_off: bool = True

    @property
    def lines(self) -> list[Line]:
        """
        What the customer is shown: refunds first, then the new plan, then the price of the change.
        """
        return [*(refund.line for refund in self.refunds), *self.charges]

    @property
    def invoice_total(self) -> Money:
        """
        What the new invoice comes to; zero when there is none.
        """
        amounts = [line.amount for line in self.charges] if self.billed else []
        return total(amounts, self.currency)

    @property
    def credited(self) -> Money:
        """
        What bills give back, as a positive amount.
        """
        return -total([each.line.amount for each in self.refunds if not each.source.waiting], self.currency)

    @property
    def due_now(self) -> Money:
        """
        What is left to pay when the credit has done its work.
        """
        return _positive(self.invoice_total - self.credited) if self.set_off else self.invoice_total

    @property
    def credit_to_balance(self) -> Money:
        """
        What the credit leaves when the new invoice is paid from it.
        """
        return _positive(self.credited - self.invoice_total) if self.set_off else self.credited

    @property
    def added_to_next_bill(self) -> Money:
        """
        What waits for the next bill because of this change; negative when it takes off what waited before.
        """
        waiting = [] if self.billed else [line.amount for line in self.charges]
        dropped = [each.line.amount for each in self.refunds if each.source.waiting]
        return total([*waiting, *dropped], self.currency)

    @property
    def tax_included(self) -> Money:
        """
        The tax in what is due now: that of the invoice less that of the credit.
        """
        if not self.due_now.minor:
            return Money.zero(self.currency)
        used = [each.tax for each in self.refunds if self.set_off and not each.source.waiting]
        credited = total(used, self.currency)
        return total(with_tax(list(self.charges)), self.currency) - credited

    @property
    def fee(self) -> Money:
        """
        The price of the change itself.
        """
        fees = [line.amount for line in self.charges if line.code is Code.PRICE_OF_CHANGE]
        return total(fees, self.currency)

    @property
    def currency(self) -> str:
        """
        The one currency of all its amounts.
        """
        return self.target.amount.currency


def fingerprint(subscription_id: str, quoted: PlanQuote) -> str:
    """
    Return a mark of all the customer was promised: each line, where it goes, from when it is billed.

    It is made of the result and not of the inputs: a change that alters a cent gives another mark, and one
    that alters nothing for the customer (a payment, another service) does not.
    """
    target = quoted.target
    content = [
        subscription_id,
        [target.plan_id, target.plan_version, target.amount.minor, target.quantity, target.months],
        quoted.effective_on.isoformat(),
        quoted.charged_through.isoformat(),
        quoted.billed,
        [[each.source.id, each.source.waiting, *marked(each.line)] for each in quoted.refunds],
        [marked(line) for line in quoted.charges],
        *([] if quoted.set_off else ["credit stays"]),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def marked(line: Line) -> list[object]:
    """
    Return what of a line was promised.
    """
    days = [line.period.start.isoformat(), line.period.end.isoformat()] if line.period else []
    return [line.code.value, line.amount.minor, *days]


def _positive(amount: Money) -> Money:
    return Money(max(amount.minor, 0), amount.currency)
