"""What happens to an account on the way to a day ahead if nothing is paid: bills, changes, statuses."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from billing.domain.dunning import Case, Document, outlook
from billing.models import Account
from billing.queries.looks import look_at
from billing.queries.pauses import pause_days
from billing.queries.plan_changes import booked_of
from billing.queries.rating import bills_of, rate_each_day
from billing.queries.to_bill import KnownSettings
from shared.money import Money


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    What happens *on* a day: *code* bill (with its *amount*), plan_change (with the new plan's *name*), pause
    or resume (with the service's), due, blocked or inactive.
    """

    on: date
    code: str
    amount: Money | None = None
    name: str | None = None


def along_the_way(session: Session, account: Account, *, until: date, today: date) -> list[Step]:
    """
    Return the steps ahead in order of days, by the rules of late payment; who is inactive is billed no more.

    Due, blocked and inactive are those of the oldest bill, also where they come after *until*.
    """
    bills, case = _bills(session, account, until=until, today=today)
    changes = [
        Step(on=each.effective_on, code="plan_change", name=each.to_name)
        for each in booked_of(session, account.customer_id).values()
        if each.effective_on <= until
    ]
    pauses = [
        Step(on=on, code=code, name=name)
        for on, code, name in pause_days(session, account.customer_id, today=today)
        if on <= until
    ]
    late = [Step(on=on, code=code) for on, code in outlook(case).days]
    steps = [step for step in (*changes, *pauses, *bills, *late) if step.on >= today]
    return sorted(steps, key=lambda step: step.on)


def _bills(session: Session, account: Account, *, until: date, today: date) -> tuple[list[Step], Case]:
    case, bills, billed, recurring = look_at(session, account).case, list[Step](), 0, 0
    for day, rated in rate_each_day(session, account, until=until, known=KnownSettings(session)):
        inactive_on = outlook(case).inactive_on
        if inactive_on and inactive_on <= day:
            break
        lines = [line for lines in bills_of(rated) for line in lines]
        amount, before = sum(line.amount.minor for line in lines) - billed, recurring
        billed, recurring = billed + amount, sum(line.amount.minor for line in lines if line.period)
        if amount > 0:
            on = max(day, today)
            bills.append(Step(on=on, code="bill", amount=Money(amount, account.currency)))
            case = _owing(case, on, amount, one_time=recurring == before)
    return bills, case


def _owing(case: Case, on: date, minor: int, *, one_time: bool) -> Case:
    """
    Return the case with a bill more; credit there is pays as far as it goes.
    """
    credit = case.balance_minor if case.balance_minor > 0 and case.settings.use_credit else 0
    bill = Document(
        issued_on=on,
        due_on=on + timedelta(days=case.settings.due_days),
        open_minor=max(minor - credit, 0),
        one_time=one_time,
    )
    return replace(case, documents=[*case.documents, bill], balance_minor=case.balance_minor - minor)
