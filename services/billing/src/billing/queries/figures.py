"""The figures of the overview: what recurs, what is late and for how long, and what runs have billed."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from billing.domain.run import Mode
from billing.domain.subscription import Status
from billing.models import BillingRun, Invoice, MonthFigures, Subscription
from billing.queries.days import todays
from billing.queries.staff import Scope
from shared.money import Money, div_half_up

AGES = ("not_due", "1-30", "31-60", "61-90", "90+")
# From how many days late to how many, as ``_age`` says it; a bill of today is late by less than one.
DAYS_LATE = {
    "not_due": (None, -1),
    "1-30": (0, 30),
    "31-60": (31, 60),
    "61-90": (61, 90),
    "90+": (91, None),
}
MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Aged:
    """
    What is open of one age.
    """

    age: str
    bills: int
    open: Money

    def bounds(self, today: date) -> dict[str, str]:
        """
        Return the filter of a list of invoices that finds them, as far as *today* is the day everywhere.
        """
        least, most = DAYS_LATE[self.age]
        return {"show": "open", "currency": self.open.currency} | {
            name: (today - timedelta(days=days)).isoformat()
            for name, days in (("due_from", most), ("due_to", least))
            if days is not None
        }


@dataclass(frozen=True, kw_only=True)
class Month:
    """
    How a month went: what recurred at its end, how that had moved, and which share was paid on time.
    """

    on: date
    monthly: Money
    new: Money
    expansion: Money
    contraction: Money
    churn: Money
    due_bills: int
    paid_on_time: int

    @property
    def net(self) -> Money:
        """
        By how much what recurs rose.
        """
        return self.new + self.expansion - self.contraction - self.churn

    @property
    def churn_rate(self) -> float:
        """
        Which share of what recurred before the month went with customers who left.
        """
        before = self.monthly.minor - self.net.minor
        return self.churn.minor / before if before > 0 else 0.0

    @property
    def on_time_rate(self) -> float | None:
        """
        Which share of the bills that fell due had been paid; None if none fell due.
        """
        return self.paid_on_time / self.due_bills if self.due_bills else None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """
    The figures of one currency; *months* are the latest with a run and *history* how months went, oldest
    first, as counted *as_of* (None: not yet).
    """

    currency: str
    monthly: Money
    customers: int
    ages: list[Aged]
    months: list[tuple[date, Money]]
    history: list[Month]
    as_of: datetime | None

    @property
    def per_customer(self) -> Money:
        """
        What a customer with an active service pays a month, on average.
        """
        return self.monthly.share(1, self.customers) if self.customers else Money.zero(self.currency)

    @property
    def overdue(self) -> Money:
        """
        What is open past its due date.
        """
        return Money(sum(each.open.minor for each in self.ages[1:]), self.currency)

    @property
    def overdue_bills(self) -> int:
        """
        How many bills are past their due date.
        """
        return sum(each.bills for each in self.ages[1:])

    @property
    def billed(self) -> Money:
        """
        What runs billed in the latest month.
        """
        return self.months[-1][1] if self.months else Money.zero(self.currency)

    @property
    def points(self) -> list[int]:
        """
        The months as heights of a chart.
        """
        return [amount.minor for _month, amount in self.months]

    def rows_for(self, day: Callable[[date], str], money: Callable[[Money], str]) -> list[tuple[str, str]]:
        """
        Return the same as a table.
        """
        return [(day(month), money(amount)) for month, amount in self.months]


def figures_of(session: Session, *, scope: Scope) -> list[Figures]:
    """
    Return the figures of every currency there is business in.
    """
    monthly = _monthly(session, scope)
    ages, months = _ages(session, scope), _months(session, scope)
    history = _history(session, scope)
    return [
        Figures(
            currency=currency,
            monthly=Money(monthly.get(currency, (0, 0))[0], currency),
            customers=monthly.get(currency, (0, 0))[1],
            ages=[_aged(age, ages.get((currency, age), (0, 0)), currency) for age in AGES],
            months=[(month, Money(minor, currency)) for month, minor in months.get(currency, [])],
            history=[month for month, _at in history.get(currency, [])],
            as_of=max((at for _month, at in history.get(currency, [])), default=None),
        )
        for currency in sorted({*monthly, *months, *(currency for currency, _age in ages)})
    ]


def _monthly(session: Session, scope: Scope) -> dict[str, tuple[int, int]]:
    mine = (Subscription.status == Status.ACTIVE, Subscription.bundle_id.is_(None))
    recurring = (*mine, Subscription.interval_months > 0)
    by_rhythm = _within(
        select(
            Subscription.currency,
            Subscription.interval_months,
            func.sum(Subscription.price_minor * Subscription.quantity),
        ).where(*recurring),
        Subscription.partner_id,
        scope,
    ).group_by(Subscription.currency, Subscription.interval_months)
    amounts: dict[str, int] = defaultdict(int)
    for currency, months, minor in session.execute(by_rhythm):
        amounts[currency] += div_half_up(int(minor), months)
    people = _within(
        select(Subscription.currency, func.count(Subscription.customer_id.distinct())).where(*recurring),
        Subscription.partner_id,
        scope,
    ).group_by(Subscription.currency)
    customers = dict(session.execute(people).tuples().all())
    return {currency: (minor, customers.get(currency, 0)) for currency, minor in amounts.items()}


def _ages(session: Session, scope: Scope) -> dict[tuple[str, str], tuple[int, int]]:
    due = func.coalesce(Invoice.extended_to, Invoice.due_on)
    query = _within(
        select(Invoice.partner_id, Invoice.currency, due, func.count(), func.sum(Invoice.open_minor)).where(
            Invoice.open_minor > 0
        ),
        Invoice.partner_id,
        scope,
    ).group_by(Invoice.partner_id, Invoice.currency, due)
    today = todays(session)
    found: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for partner_id, currency, day, bills, minor in session.execute(query):
        key = (currency, _age((today.of(partner_id) - _date(day)).days))
        before = found[key]
        found[key] = (before[0] + bills, before[1] + int(minor))
    return dict(found)


def _months(session: Session, scope: Scope) -> dict[str, list[tuple[date, int]]]:
    query = _within(
        select(BillingRun.currency, BillingRun.cut_off_on, BillingRun.total_minor).where(
            BillingRun.mode == Mode.ISSUE, BillingRun.invoices > 0
        ),
        BillingRun.partner_id,
        scope,
    )
    sums: dict[tuple[str, date], int] = defaultdict(int)
    for currency, day, minor in session.execute(query):
        sums[currency, day.replace(day=1)] += minor
    found: dict[str, list[tuple[date, int]]] = defaultdict(list)
    for (currency, month), minor in sorted(sums.items()):
        found[currency].append((month, minor))
    return {currency: months[-MONTHS:] for currency, months in found.items()}


def _history(session: Session, scope: Scope) -> dict[str, list[tuple[Month, datetime]]]:
    moved = ("monthly", "new", "expansion", "contraction", "churn")
    sums = [func.sum(getattr(MonthFigures, f"{name}_minor")) for name in moved]
    counts = [func.sum(MonthFigures.due_bills), func.sum(MonthFigures.paid_on_time)]
    query = _within(
        select(
            MonthFigures.currency, MonthFigures.month_on, func.min(MonthFigures.counted_at), *sums, *counts
        ),
        MonthFigures.partner_id,
        scope,
    )
    grouped = query.group_by(MonthFigures.currency, MonthFigures.month_on).order_by(MonthFigures.month_on)
    found: dict[str, list[tuple[Month, datetime]]] = defaultdict(list)
    for currency, on, at, *values, due, timely in session.execute(grouped):
        money = {name: Money(int(minor), currency) for name, minor in zip(moved, values, strict=True)}
        month = Month(on=on, due_bills=int(due), paid_on_time=int(timely), **money)
        found[currency].append((month, at))
    return {currency: months[-MONTHS:] for currency, months in found.items()}


def _age(days_late: int) -> str:
    if days_late < 0:
        return "not_due"
    return AGES[1 + min(max(days_late - 1, 0) // 30, 3)]


def _aged(age: str, found: tuple[int, int], currency: str) -> Aged:
    return Aged(age=age, bills=found[0], open=Money(found[1], currency))


def _date(day: Any) -> date:
    return day if isinstance(day, date) else date.fromisoformat(day)


def _within(query: Select[Any], partner_id: Any, scope: Scope) -> Select[Any]:
    found: ColumnElement[bool] | None = partner_id.in_(scope) if scope is not None else None
    return query if found is None else query.where(found)
