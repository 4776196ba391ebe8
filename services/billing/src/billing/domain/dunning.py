"""
How an account stands for late payment: a function of open documents, balance, settings and the moment.

Nothing here remembers: skipped days or a late payment are simply another moment, or other documents. Days are
local; a step is taken at the blocking hour of its day, decision D12 (docs/algorithms/dunning.md).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from billing.domain.settings import BillingSettings
from shared.errors import Conflict, FieldError, Invalid


class Dunning(StrEnum):
    """
    Blocked accounts have no access and are still charged; inactive ones are neither served nor charged.
    """

    CLEAR = "clear"
    BLOCKED = "blocked"
    INACTIVE = "inactive"


SEVERITY = tuple(Dunning)
# A payment under way when a step comes due holds that step back for so long (F78).
IN_FLIGHT = timedelta(days=1)
ONE_DAY = timedelta(days=1)
MOST_TIME = timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class Document:
    """
    An unpaid bill. *due_on* is the later day where more time was given; *paying_since*: money is on its way.
    """

    issued_on: date
    due_on: date
    open_minor: int
    one_time: bool = False
    paying_since: datetime | None = None
    invoice_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Case:
    """
    All that decides about an account. Bills due on or before *excused_on* do not count: a person said so.
    Those *written_off* lead to nothing, but giving a debt up does not lift who is blocked or inactive for it.
    """

    documents: Sequence[Document]
    balance_minor: int
    settings: BillingSettings
    timezone: str
    excused_on: date | None = None
    written_off: Sequence[Document] = ()


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """
    What happens on which day if nobody pays; *since_on* is the date of the oldest bill. None is never.
    """

    since_on: date | None = None
    due_on: date | None = None
    blocked_on: date | None = None
    inactive_on: date | None = None

    def on(self, state: Dunning) -> date | None:
        """
        Return the day of the step to *state*.
        """
        return {Dunning.BLOCKED: self.blocked_on, Dunning.INACTIVE: self.inactive_on}.get(state)

    @property
    def days(self) -> tuple[tuple[date, str], ...]:
        """
        The steps that will come: due, blocked, inactive.
        """
        steps = ((self.due_on, "due"), (self.blocked_on, "blocked"), (self.inactive_on, "inactive"))
        return tuple((on, code) for on, code in steps if on)


class NoMoreTime(Conflict, code="no_more_time", title="No more time can be given for this bill"):
    """
    The bill is paid, or more time was given for it before.
    """


def noted(owed: int, ahead: Outlook) -> str:
    """
    Return what was told about the days ahead as it is kept with the account; empty when nothing is ahead.
    """
    steps = " ".join(f"{code}:{on}" for on, code in ahead.days)
    return f"{owed} {ahead.since_on} {steps}" if steps else ""


def days_in(note: str) -> tuple[tuple[date, str], ...]:
    """
    Return the steps of such a note.
    """
    parts = (part.partition(":") for part in note.split()[2:])
    return tuple((date.fromisoformat(on), code) for code, _, on in parts)


def check_more_time(document: Document, until: date, *, granted: date | None, today: date) -> None:
    """
    Refuse more time for what is paid, a second time, backwards, or out of sight.

    :raises NoMoreTime: if nothing is open, or it was *granted* before
    :raises Invalid: if *until* is not after today and the due day, or more than 60 days from today
    """
    if document.open_minor <= 0 or granted is not None:
        if granted is None:
            raise NoMoreTime("It is paid.")
        raise NoMoreTime("It was given until %(day)s.", params={"day": granted})
    earliest, latest = max(document.due_on, today) + ONE_DAY, today + MOST_TIME
    if not earliest <= until <= latest:
        words = "Choose a day from %(first)s to %(last)s."
        days = {"first": earliest, "last": latest}
        raise Invalid(FieldError("#/until", "date_not_allowed", words, days))


def outlook(case: Case) -> Outlook:
    """
    Return the days ahead of the oldest bill that counts; none at all while the balance is high enough.
    """
    dates = (_dates(document, case.settings) for document in counted(case))
    return min(dates, key=lambda each: (each.due_on, each.since_on), default=Outlook())


def counted(case: Case) -> list[Document]:
    """
    Return the bills that can block: not one-time ones unless so set (D19), not those a person excused.
    """
    if case.balance_minor >= case.settings.min_balance_minor:
        return []
    return [
        document
        for document in case.documents
        if document.open_minor > 0
        and (case.settings.block_by_one_time or not document.one_time)
        and (case.excused_on is None or document.due_on > case.excused_on)
    ]


def overdue(case: Case, now: datetime) -> list[Document]:
    """
    Return the bills that count and whose due day has begun.
    """
    today = now.astimezone(ZoneInfo(case.timezone)).date()
    return [document for document in counted(case) if document.due_on <= today]


def state(case: Case, now: datetime) -> Dunning:
    """
    Return the most severe state that holds at *now*; it only gets worse while no money moves.
    """
    reached = [found for found, at in _steps(case) if at <= now]
    return max(reached, key=SEVERITY.index, default=Dunning.CLEAR)


def verdict(case: Case, now: datetime, *, present: Dunning) -> Dunning:
    """
    Return the state of an account that is *present*: lifted only when nothing overdue is left (D17).

    Blocking that was switched off is lifted at once; who is inactive comes back by paying, never half-way.
    """
    found = state(case, now)
    if SEVERITY.index(found) >= SEVERITY.index(present):
        return found
    late = overdue(case, now) + _given_up(case)
    if present is Dunning.BLOCKED:
        late = [document for document in late if _dates(document, case.settings).blocked_on]
    return present if late else found


def _given_up(case: Case) -> list[Document]:
    return [each for each in case.written_off if case.excused_on is None or each.due_on > case.excused_on]


def next_look(case: Case, now: datetime) -> date | None:
    """
    Return the local day of the next step after *now*, or None.
    """
    ahead = [at for _, at in _steps(case) if at > now]
    return min(ahead).astimezone(ZoneInfo(case.timezone)).date() if ahead else None


def path(old: Dunning, new: Dunning) -> list[tuple[Dunning, Dunning]]:
    """
    Return the steps from *old* to *new*: each one on the way up, one on the way down.
    """
    first, last = SEVERITY.index(old), SEVERITY.index(new)
    if last <= first:
        return [(old, new)] if old is not new else []
    return list(zip(SEVERITY[first:last], SEVERITY[first + 1 : last + 1], strict=True))


def moment(on: date, hour: int, timezone: str) -> datetime:
    """
    Return the instant *hour* of a local day begins; an hour the clocks skip begins when they do.
    """
    return datetime.combine(on, time(hour), ZoneInfo(timezone)).astimezone(UTC)


def working_day(day: date, settings: BillingSettings) -> date:
    """
    Return *day*, or the first day after it on which accounts may be blocked.
    """
    while _is_free(day, settings):
        day += ONE_DAY
    return day


def _dates(document: Document, settings: BillingSettings) -> Outlook:
    found = Outlook(since_on=document.issued_on, due_on=document.due_on)
    if not settings.process_blocking or settings.block_after is None:
        return found
    blocked_on = working_day(document.due_on + timedelta(days=settings.block_after), settings)
    found = replace(found, blocked_on=blocked_on)
    if not settings.process_deactivation or settings.deactivate_after is None:
        return found
    inactive_on = working_day(blocked_on + timedelta(days=settings.deactivate_after), settings)
    return replace(found, inactive_on=inactive_on)


def _steps(case: Case) -> Iterator[tuple[Dunning, datetime]]:
    for document in counted(case):
        dates = _dates(document, case.settings)
        for step in (Dunning.BLOCKED, Dunning.INACTIVE):
            if on := dates.on(step):
                at = moment(on, case.settings.blocking_hour, case.timezone)
                yield step, _held(at, document)


def _held(at: datetime, document: Document) -> datetime:
    since = document.paying_since
    return max(at, since + IN_FLIGHT) if since is not None and since < at else at


def _is_free(day: date, settings: BillingSettings) -> bool:
    weekend = not settings.block_on_weekends and day.weekday() >= 5
    return weekend or day.isoformat() in settings.holidays
