"""
Approving a paid order: the days between payment and the actual start are given back.

Paid 1 January, approved from 14 January: 13 unused days (rules.md 2.8; decision D27 for the edges).
"""

from dataclasses import dataclass
from datetime import date, timedelta

from billing.domain.line import credit
from shared.errors import FieldError, Invalid
from shared.money import Money
from shared.periods import Period, nominal

LATEST = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class InvoicedLine:
    """
    A line as invoiced: *left* is what was not credited yet.
    """

    id: str
    price: Money
    quantity: int
    period: Period
    nominal_days: int
    left: Money
    discount_basis_points: int = 0


@dataclass(frozen=True, kw_only=True)
class Unused:
    """
    The part of an invoiced line the customer did not get.
    """

    line_id: str
    days: int
    period: Period
    amount: Money


def unused(line: InvoicedLine, *, start: date) -> Unused | None:
    """
    Return what of *line* lies before *start*; None if nothing does.
    """
    before = line.period.overlap(Period(line.period.start, max(start, line.period.start)))
    if before is None:
        return None
    return Unused(line_id=line.id, days=before.days, period=before, amount=worth(line, before))


def worth(line: InvoicedLine, days: Period) -> Money:
    """
    Return what *days* of an invoiced line give back: its own price, capped by what is left of it.
    """
    if days == line.period:
        return line.left  # the whole line goes: no cent may stay behind
    return credit(
        line.price,
        line.quantity,
        days=days.days,
        nominal_days=line.nominal_days,
        left=line.left,
        discount=line.discount_basis_points,
    )


def starts_between(
    *, placed_on: date, paid_on: date | None, today: date, billing_day: int
) -> tuple[date, date]:
    """
    Return the first and the last day an order may have started on.

    What was paid begins with the payment (D27). A request may have begun before it was written down, but not
    before the billing period it was placed in: what lies earlier was never going to be billed.
    Nothing starts more than a year from now.
    """
    earliest = paid_on or nominal(billing_day, placed_on).start
    return earliest, max(earliest, today + LATEST)


def check_wish(start: date, *, today: date) -> None:
    """
    Refuse a day the customer would like to start on that nobody could approve.

    :raises Invalid: if *start* has passed or lies more than a year ahead
    """
    latest = today + LATEST
    if start < today:
        words = "Choose a day from %(day)s."
        raise Invalid(FieldError("#/preferred_start_on", "too_early", words, {"day": today}))
    if start > latest:
        words = "Choose a day until %(day)s."
        raise Invalid(FieldError("#/preferred_start_on", "too_late", words, {"day": latest}))


def check_start(start: date, *, earliest: date, latest: date) -> None:
    """
    Refuse a start outside these days, both included.

    :raises Invalid: if *start* is before *earliest* or after *latest*
    """
    if start < earliest:
        words = "Choose a day from %(day)s."
        raise Invalid(FieldError("#/starts_on", "too_early", words, {"day": earliest}))
    if start > latest:
        raise Invalid(FieldError("#/starts_on", "too_late", "Choose a day until %(day)s.", {"day": latest}))
