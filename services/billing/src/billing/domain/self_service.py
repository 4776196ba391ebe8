"""What customers may do on their own with a service they have: let it rest, or end it (P9)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from billing.domain.line import Line
from billing.domain.plan_quote import Refund, marked
from shared.errors import Conflict, FieldError, Invalid
from shared.money import Money, total

A_DAY = timedelta(days=1)
A_YEAR = timedelta(days=365)
FARTHEST = timedelta(days=366)


class PauseLimitReached(Conflict, code="pause_limit_reached", title="No more pauses for now"):
    """
    The provider lets a service pause only so often a year.
    """


class NotYours(Conflict, code="not_yours_to_undo", title="This was booked by us"):
    """
    Staff booked it: a customer does not undo that alone.
    """


@dataclass(frozen=True, kw_only=True)
class PauseLimits:
    """
    How early a pause is asked for, how many days it lasts at most, and how many begin within a year.
    """

    notice_days: int
    longest_days: int
    most_a_year: int

    def earliest_on(self, today: date) -> date:
        """
        Return the first day a pause may begin: a whole day off begins at midnight.
        """
        return today + timedelta(days=max(self.notice_days, 1))


@dataclass(frozen=True, kw_only=True)
class Figures:
    """
    What resting or ending does to bills: *refunds* of days paid ahead, *charges* of the next bills.
    """

    refunds: Sequence[Refund]
    charges: Sequence[Line]
    currency: str

    @property
    def lines(self) -> list[Line]:
        """
        What is shown: what goes back first.
        """
        return [*(each.line for each in self.refunds), *self.charges]

    @property
    def credit_to_balance(self) -> Money:
        """
        What bills give back.
        """
        return -total([each.line.amount for each in self.refunds if not each.source.waiting], self.currency)

    @property
    def added_to_next_bill(self) -> Money:
        """
        What next bills have of it; negative when that takes off what waited for them.
        """
        dropped = [each.line.amount for each in self.refunds if each.source.waiting]
        return total([*dropped, *(line.amount for line in self.charges)], self.currency)


def fingerprint(subscription_id: str, first_on: date, last_on: date | None, figures: Figures) -> str:
    """
    Return a mark of all that was promised: the days, each line, and where it goes.
    """
    content = [
        subscription_id,
        first_on.isoformat(),
        last_on.isoformat() if last_on else "",
        [[each.source.id, each.source.waiting, *marked(each.line)] for each in figures.refunds],
        [marked(line) for line in figures.charges],
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def check_pause(first_on: date, last_on: date, *, today: date, limits: PauseLimits) -> None:
    """
    Refuse days outside of what the provider lets customers choose.

    :raises Invalid: naming the field
    """
    earliest = limits.earliest_on(today)
    if first_on < earliest:
        raise _out("start_on", "too_early", "Choose %(day)s or a later day.", earliest)
    if first_on > today + FARTHEST:
        raise _out("start_on", "too_late", "Choose %(day)s or an earlier day.", today + FARTHEST)
    if last_on < first_on:
        raise _out("last_on", "too_early", "Choose the first day or a later one.")
    latest = first_on + timedelta(days=limits.longest_days - 1)
    if last_on > latest:
        raise _out("last_on", "too_late", "Choose %(day)s or an earlier day.", latest)


def check_often(begun: Sequence[date], first_on: date, *, limits: PauseLimits) -> None:
    """
    Refuse one pause too many: *begun* are the first days of those the customer asked for before.

    :raises PauseLimitReached: if as many lie within a year of *first_on*
    """
    near = [day for day in begun if abs(day - first_on) < A_YEAR]
    if len(near) >= limits.most_a_year:
        words = "A service pauses %(most)s times within a year at most. Ask us if you need another."
        raise PauseLimitReached(words, params={"most": limits.most_a_year})


def check_last_day(last_on: date, *, earliest: date, today: date) -> None:
    """
    Refuse a last day before the notice is over, or more than a year ahead.

    :raises Invalid: naming the field
    """
    if last_on < earliest:
        raise _out("last_on", "too_early", "Choose %(day)s or a later day.", earliest)
    if last_on > max(today + FARTHEST, earliest):
        raise _out("last_on", "too_late", "Choose %(day)s or an earlier day.", today + FARTHEST)


def _out(field: str, code: str, words: str, day: date | None = None) -> Invalid:
    return Invalid(FieldError(f"#/{field}", code, words, {"day": day} if day else {}))
