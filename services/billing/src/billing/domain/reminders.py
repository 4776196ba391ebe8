"""
Which reminders of unpaid bills have come, and when the next one does (docs/algorithms/dunning.md).

Up to three steps, on days counted from the due day of each bill. What was done is remembered outside and
passed in: a step is taken once for a bill, and an account hears at most once a day, of the latest step only.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from billing.domain.dunning import IN_FLIGHT, ONE_DAY, Case, Document, counted

HOUR = 8  # nobody is written to at night
# A step nobody took for so long, after a standstill or because it was set later, is not made up for.
STALE = timedelta(days=14)


@dataclass(frozen=True, kw_only=True)
class Trail:
    """
    What an account was reminded of: the steps done by bill, and the last day it was written to.
    """

    done: AbstractSet[tuple[str, int]] = frozenset()
    told_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    A step of a bill and its day; not *told* when a later one of the same bill came with it, or it is stale.
    """

    invoice_id: str
    step: int
    on: date
    told: bool = True


def come(case: Case, now: datetime, trail: Trail) -> list[Step]:
    """
    Return the steps that have come by *now*; none on a day that has had its message.
    """
    today = _today(case, now)
    if trail.told_on == today:
        return []
    found = []
    for document in counted(case):
        if not _is_paying(document, now):
            found += _reached(document, case, today, trail)
    return found


def next_look(case: Case, now: datetime, trail: Trail) -> date | None:
    """
    Return the local day on which the next step comes, or None; today if it has come already.
    """
    today = _today(case, now)
    days = []
    for document in counted(case):
        waits = trail.told_on == today or _is_paying(document, now)
        first = today + ONE_DAY if waits else today
        days += [max(each.on, first) for each in _left(document, case, trail)]
    return min(days, default=None)


def plan(document: Document, reminders: tuple[int, ...]) -> list[tuple[int, date]]:
    """
    Return the steps of a bill with their days; one that would come with the bill or before it is left out.
    """
    days = ((step, document.due_on + timedelta(days=after)) for step, after in enumerate(reminders, start=1))
    return [(step, on) for step, on in days if on > document.issued_on]


def _reached(document: Document, case: Case, today: date, trail: Trail) -> list[Step]:
    reached = [each for each in _left(document, case, trail) if each.on <= today]
    latest = max((each.step for each in reached if each.on > today - STALE), default=0)
    return [
        Step(invoice_id=each.invoice_id, step=each.step, on=each.on, told=each.step == latest)
        for each in reached
    ]


def _left(document: Document, case: Case, trail: Trail) -> Iterator[Step]:
    last = max((step for invoice_id, step in trail.done if invoice_id == document.invoice_id), default=0)
    for step, on in plan(document, case.settings.reminders):
        if step > last:
            yield Step(invoice_id=document.invoice_id, step=step, on=on)


def _is_paying(document: Document, now: datetime) -> bool:
    return document.paying_since is not None and now < document.paying_since + IN_FLIGHT


def _today(case: Case, now: datetime) -> date:
    return now.astimezone(ZoneInfo(case.timezone)).date()
