"""
What an account is to be billed until a day: which lines on which documents, and when to look again.

Bills are made on billing days. Prepaying accounts are then paid up for their months ahead, postpaying ones
for what has passed; missed billing days are caught up one after the other (docs/algorithms/billing-runs.md).

A bill does not know whose it is: it names what is held by its place. So customers who hold the same share
one, worked out once (``queries/rating.py``); what is the same is known by being the same object.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from billing.domain.basket import with_tax
from billing.domain.charging import Price, lines, next_period
from billing.domain.line import Code, Line
from billing.domain.settings import Collection
from billing.domain.subscription import Status
from shared.periods import Period, boundary, nominal

MOST_PERIODS = 36  # billing days caught up at once; the next run goes on
ENDED = frozenset({Status.PAUSED, Status.DISABLED})


class Flag(StrEnum):
    """
    What somebody looking at a bill should know before it goes out.
    """

    FIRST_INVOICE = "first_invoice"
    PRICE_CHANGED = "price_changed"
    PLAN_CHANGED = "plan_changed"
    VERY_DIFFERENT = "very_different"
    CAUGHT_UP = "caught_up"
    CATCH_UP_LIMITED = "catch_up_limited"
    HELD_BACK = "held_back"
    CHANGED_SINCE_PREVIEW = "changed_since_preview"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """
    How an account is billed: *anchor_day* is its billing day, *months* how far ahead it pays (0: afterwards).

    *apart*: each billing day caught up makes its own document. *zero*: bills over nothing are made, too.
    """

    anchor_day: int
    months: int = 1
    apart: bool = False
    zero: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Holding:
    """
    A subscription to bill: *since* is the first day not charged, *until* the first that is free (None: open).

    *fresh* was never charged; *replaces* came from a change of plan.
    """

    prices: tuple[Price, ...]
    months: int
    since: date
    until: date | None = None
    fresh: bool = False
    replaces: bool = False


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """
    A charge that waits for a bill.
    """

    charge_id: str
    line: Line
    subscription_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    """
    A line of a document: for the holding at *place*, or the charge that *waited*.
    """

    line: Line
    place: int | None = None
    waited: Waiting | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Document:
    """
    The lines of a bill, and what they come to.
    """

    items: tuple[Item, ...]

    @cached_property
    def total_minor(self) -> int:
        """
        The gross of all lines.
        """
        return sum(item.line.amount.minor for item in self.items)

    @cached_property
    def taxes(self) -> tuple[int, ...]:
        """
        The VAT in each line.
        """
        return tuple(tax.minor for tax in with_tax([item.line for item in self.items]))


@dataclass(frozen=True, kw_only=True, eq=False)
class Bill:
    """
    What is to be done: *documents* to issue, *cursors* to move (first day not charged), when to look again.
    """

    documents: tuple[Document, ...]
    cursors: Mapping[int, date]
    next_on: date | None
    flags: tuple[Flag, ...]

    @cached_property
    def total_minor(self) -> int:
        """
        What all documents come to.
        """
        return sum(each.total_minor for each in self.documents)


def terms_of(*, collection: str, prepay_months: int, anchor_day: int, apart: bool, zero: bool) -> Terms:
    """
    Return the terms that settings make.
    """
    months = prepay_months if collection == Collection.PREPAY else 0
    return Terms(anchor_day=anchor_day, months=months, apart=apart, zero=zero)


def end_of_charge(status: Status, *, ends_on: date | None, segments_end: date | None) -> date | None:
    """
    Return the first day that is free; what has ended without an end is not charged at all (rules.md 2.2).
    """
    after = date.fromordinal(ends_on.toordinal() + 1) if ends_on else None
    ends = [day for day in (after, segments_end) if day]
    if status in ENDED and not ends:
        return date.min
    return min(ends) if ends else None


def bill(
    holdings: Sequence[Holding],
    waiting: Sequence[Waiting],
    *,
    terms: Terms,
    first_on: date,
    cut_off: date,
) -> Bill:
    """
    Return what to bill on *first_on* and every later billing day up to and including *cut_off*.
    """
    days = [each.since for each in holdings]
    rounds: list[list[Item]] = []
    on: date | None = first_on
    last_on = first_on
    while on is not None and on <= cut_off and len(rounds) < MOST_PERIODS:
        charged = (_charge(each, place, days, terms, on) for place, each in enumerate(holdings))
        rounds.append([item for items in charged for item in items])
        last_on, on = on, _next_on(holdings, days, terms, since=on)
    documents, held = _documents(rounds, waiting, terms)
    if held:
        ahead = nominal(terms.anchor_day, last_on).end
        on = min(on, ahead) if on else ahead
    cursors = {i: days[i] for i, each in enumerate(holdings) if days[i] != each.since}
    moved = [holdings[place] for place in cursors]
    flags = _flags(moved, rounds, held=bool(held), limited=on is not None and on <= cut_off)
    return Bill(documents=documents, cursors=cursors, next_on=on, flags=flags)


def next_on(holdings: Sequence[Holding], *, terms: Terms, since: date) -> date | None:
    """
    Return the billing day to look at these holdings next, as seen on *since*; None when nothing will be due.
    """
    return _next_on(holdings, [each.since for each in holdings], terms, since=since)


def planned_on(
    holdings: Sequence[Holding], *, charges: bool, terms: Terms, today: date, before: date | None
) -> date | None:
    """
    Return the billing day to look at an account next, seen on *today*; *charges*: some wait for a bill.

    A day planned *before* that has come already stays: that bill was missed and is still to be made.
    """
    ahead = next_on(holdings, terms=terms, since=today)
    for_charges = nominal(terms.anchor_day, today + timedelta(days=-1)).end if charges else None
    days = [day for day in (ahead, for_charges) if day]
    if before and before <= today and days:
        days.append(before)
    return min(days, default=None)


def due_on(holding: Holding, first: date, *, terms: Terms, since: date) -> date | None:
    """
    Return the billing day on which *holding*, not charged from *first* on, is billed; None if to its end.

    Ahead: the day its first unpaid day falls on, or that period's billing day while it is still to come;
    days of a period that has begun wait for the next one. Afterwards: when a whole period has passed.
    """
    if holding.until is not None and first >= holding.until:
        return None
    if not terms.months:
        end = _stop(holding, first, terms)
        begun = nominal(terms.anchor_day, end)
        return end if end == begun.start else begun.end
    begun = nominal(terms.anchor_day, first)
    if first == begun.start or begun.start > since:
        return begun.start
    return begun.end


def _next_on(holdings: Sequence[Holding], days: Sequence[date], terms: Terms, *, since: date) -> date | None:
    pairs = zip(holdings, days, strict=True)
    found = (due_on(each, day, terms=terms, since=since) for each, day in pairs)
    return min((day for day in found if day), default=None)


def _charge(holding: Holding, place: int, days: list[date], terms: Terms, on: date) -> Iterator[Item]:
    """
    Yield what *holding* costs on the billing day *on*, and move its day in *days*.
    """
    for span in _spans(holding, days[place], terms, on):
        days[place] = span.end
        for line in lines(holding.prices, span, anchor_day=terms.anchor_day, code=Code.RECURRING):
            yield Item(line=line, place=place)


def _spans(holding: Holding, since: date, terms: Terms, on: date) -> Iterator[Period]:
    """
    Yield the periods, or parts of them, that are billed on the billing day *on*.
    """
    begun = nominal(terms.anchor_day, on)
    paid_to = boundary(terms.anchor_day, begun.start.year, begun.start.month + terms.months)
    if terms.months and since >= begun.end:
        return
    while holding.until is None or since < holding.until:
        end = _stop(holding, since, terms)
        if since >= paid_to if terms.months else end > on:
            return
        yield Period(since, end)
        since = end


def _stop(holding: Holding, since: date, terms: Terms) -> date:
    end = next_period(terms.anchor_day, since, months=holding.months).end
    return min(end, holding.until) if holding.until else end


def _documents(
    rounds: list[list[Item]], waiting: Sequence[Waiting], terms: Terms
) -> tuple[tuple[Document, ...], list[Waiting]]:
    """
    Return the documents, and the charges that would take one below zero: they wait on.
    """
    if not rounds:
        return (), []
    piles = rounds if terms.apart else [[item for items in rounds for item in items]]
    fitting, held = _fitting(piles[0], waiting)
    piles = [piles[0] + fitting, *piles[1:]]
    return tuple(Document(items=tuple(pile)) for pile in piles if _worth_a_bill(pile, terms)), held


def _fitting(items: list[Item], waiting: Sequence[Waiting]) -> tuple[list[Item], list[Waiting]]:
    total = sum(item.line.amount.minor for item in items)
    fitting, held = [], []
    for each in sorted(waiting, key=lambda one: one.line.amount.minor < 0):
        if total + each.line.amount.minor < 0:
            held.append(each)
            continue
        total += each.line.amount.minor
        fitting.append(Item(line=each.line, waited=each))
    return fitting, held


def _worth_a_bill(items: Sequence[Item], terms: Terms) -> bool:
    return bool(items) and (terms.zero or any(item.line.amount.minor for item in items))


def _flags(
    holdings: Sequence[Holding], rounds: list[list[Item]], *, held: bool, limited: bool
) -> tuple[Flag, ...]:
    found = {
        Flag.PRICE_CHANGED: any(_price_changed(each) for each in holdings),
        Flag.PLAN_CHANGED: any(each.fresh and each.replaces for each in holdings),
        Flag.CAUGHT_UP: sum(1 for items in rounds if items) > 1,
        Flag.CATCH_UP_LIMITED: limited,
        Flag.HELD_BACK: held,
    }
    return tuple(flag for flag, holds in found.items() if holds)


def _price_changed(holding: Holding) -> bool:
    differs = len({(price.amount, price.discount_basis_points) for price in holding.prices}) > 1
    return differs and any(price.until_on == holding.since for price in holding.prices)


def very_different(total_minor: int, last_minor: int) -> bool:
    """
    Tell whether a bill differs from the last one by more than a fifth of it.
    """
    return abs(total_minor - last_minor) * 5 > abs(last_minor)
