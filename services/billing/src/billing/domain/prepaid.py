"""
Prepaid: a period is paid from the customer's credit before it begins, or one day after the other.

Periods are a month on the day the service was activated (its anchor, which never drifts) or so many days.
By the day, day *k* of *N* costs ``half_up(p * k / N) - half_up(p * (k - 1) / N)``: the days of a month add up
to its price, whatever the cents (docs/algorithms/prepaid.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from billing.domain.line import covered
from shared.money import Money, total
from shared.periods import Period, boundary, nominal

DAY = timedelta(days=1)
FAR = 366  # days; beyond that the wallet says "more than a year"


@dataclass(frozen=True, kw_only=True)
class Service:
    """
    What the next period of a service costs: *price* for all of it, *discount* basis points less.

    *paid_until* is the first day not paid yet, *ends_on* the last day it works. *days* is the length of a
    period (0: *months* months on *anchor_day*). *daily* ones are paid day by day out of such a month.
    """

    id: str
    price: Money
    paid_until: date
    anchor_day: int
    months: int = 1
    days: int = 0
    daily: bool = False
    ends_on: date | None = None
    discount: int = 0

    @property
    def ended(self) -> bool:
        """
        Whether nothing is left to pay for.
        """
        return self.ends_on is not None and self.ends_on < self.paid_until


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    What is paid next: *amount* for *period*, which is priced as a part of *whole*.
    """

    period: Period
    whole: Period
    amount: Money


@dataclass(frozen=True, kw_only=True)
class Lasting:
    """
    How long the credit is enough: *until_on* is the last paid day, *days* are left, today included.

    *more*: it is enough for longer than anybody asks (``FAR``), or for ever.
    """

    days: int
    until_on: date
    more: bool = False


def next_step(service: Service) -> Step:
    """
    Return what *service* pays next: never beyond its last day, and then its share only.
    """
    return step_from(service, service.paid_until)


def step_from(service: Service, start: date) -> Step:
    """
    Return what *service* pays when it is paid until *start*.
    """
    if service.daily:
        whole = month_of(service.anchor_day, start, months=service.months)
        full = covered(service.price, 1, days=1, nominal_days=1, discount=service.discount)
        return Step(period=Period(start, start + DAY), whole=whole, amount=day_price(full, start, whole))
    whole = period(start, anchor_day=service.anchor_day, months=service.months, days=service.days)
    end = min(whole.end, service.ends_on + DAY) if service.ends_on else whole.end
    part = Period(start, end)
    amount = covered(service.price, 1, days=part.days, nominal_days=whole.days, discount=service.discount)
    return Step(period=part, whole=whole, amount=amount)


def period(start: date, *, anchor_day: int, months: int = 1, days: int = 0) -> Period:
    """
    Return the period that begins on *start*: *days* days, or *months* months on the anchor.
    """
    if days:
        return Period(start, start + timedelta(days=days))
    return Period(start, boundary(anchor(anchor_day, start), start.year, start.month + months))


def anchor(remembered: int | None, start: date) -> int:
    """
    Return the day of the month periods begin on: the remembered one, unless *start* lies on another.

    A service activated on the 31st begins on 28 February and on 31 March again.
    """
    if remembered and boundary(remembered, start.year, start.month) == start:
        return remembered
    return start.day


def month_of(anchor_day: int, day: date, *, months: int = 1) -> Period:
    """
    Return the month, quarter, half or whole year on *anchor_day* that *day* is paid as a part of.
    """
    start = nominal(anchor_day, day).start
    first = start.month - (start.month - 1) % months
    return Period(boundary(anchor_day, start.year, first), boundary(anchor_day, start.year, first + months))


def day_price(price: Money, day: date, whole: Period) -> Money:
    """
    Return what *day* costs of *price* for the *whole* period.
    """
    before = (day - whole.start).days
    return price.share(before + 1, whole.days) - price.share(before, whole.days)


def payable(steps: Sequence[tuple[str, Money]], credit: Money) -> list[str]:
    """
    Return whose step the credit pays, in order: what is short is passed over, the next may still fit.
    """
    paid: list[str] = []
    for name, amount in steps:
        if amount <= credit:
            credit = credit - amount
            paid.append(name)
    return paid


def returning(steps: Sequence[tuple[str, Money]], credit: Money, *, some: bool) -> list[str]:
    """
    Return which paused services come back: all if the credit covers all, else by setting those it covers.
    """
    fit = payable(steps, credit)
    return fit if some or len(fit) == len(steps) else []


def lasting(services: Sequence[Service], credit: Money, *, today: date) -> Lasting | None:
    """
    Return how long *credit* pays for everything; None without a service that costs anything.
    """
    running = [each for each in services if not each.ended]
    if not any(each.price.minor for each in running):
        return None
    end = today + timedelta(days=FAR)
    for day, amount in charges(running, credit.currency):
        if day >= end:
            break
        if credit < amount:
            return _until(day, today)
        credit = credit - amount
    return replace(_until(end, today), more=True)


def charges(services: Sequence[Service], currency: str) -> Iterator[tuple[date, Money]]:
    """
    Yield the days on which something is paid, and how much, as long as services run.
    """
    paid_until = {each: each.paid_until for each in services if not each.ended}
    while paid_until:
        day = min(paid_until.values())
        steps = {each: step_from(each, day) for each, due in paid_until.items() if due == day}
        yield day, total([step.amount for step in steps.values()], currency)
        paid_until |= {each: step.period.end for each, step in steps.items()}
        for each in steps:
            if each.ends_on and each.ends_on < paid_until[each]:
                del paid_until[each]


def _until(day: date, today: date) -> Lasting:
    return Lasting(days=max((day - today).days, 0), until_on=day - DAY)
