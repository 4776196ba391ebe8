"""
Remind a customer of unpaid bills: the trail and the fact in one transaction, by what is open at that moment.

Who has paid, or whose payment is on its way, hears nothing. Asking again on the same day changes nothing.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import reminders as rules
from billing.domain.dunning import Case, Dunning, counted, outlook
from billing.domain.reminders import Trail
from billing.models import Account, Invoice, Reminder
from billing.queries.looks import Look, look_at
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.money import Money


def remind_account(session: Session, account: Account, *, now: datetime, look: Look | None = None) -> None:
    """
    Take the steps of the locked account that have come, and tell the latest ones as one reminder.

    Whoever looked at many at once brings the *look* along.
    """
    look = look or look_at(session, account)
    case = look.case
    steps = rules.come(case, now, look.trail) if _may_remind(account) else []
    today = clock.local_date(now, account.timezone)
    session.add_all(
        Reminder(
            invoice_id=each.invoice_id,
            step=each.step,
            customer_id=account.customer_id,
            partner_id=account.partner_id,
            on=each.on,
            at=now,
            told_on=today if each.told else None,
        )
        for each in steps
    )
    if any(each.told for each in steps):
        account.version += 1
        step = max(each.step for each in steps if each.told)
        tell(session, _fact(session, account, case, step=step, now=now))
    plan_reminder(account, case, _with(look.trail, steps, today=today), now=now)


def plan_reminder(account: Account, case: Case, trail: Trail, *, now: datetime) -> None:
    """
    Note on which day the account is reminded next.
    """
    account.remind_next_on = None
    if not _may_remind(account) or not case.settings.reminders:
        return
    account.remind_next_on = rules.next_look(case, now, trail)


def _with(trail: Trail, steps: Sequence[rules.Step], *, today: date) -> Trail:
    done = {(each.invoice_id, each.step) for each in steps}
    told_on = today if any(each.told for each in steps) else trail.told_on
    return Trail(done=trail.done | done, told_on=told_on)


def _may_remind(account: Account) -> bool:
    # Who is inactive has been told what happened; there is no further step to remind of.
    return account.owed_minor > 0 and account.dunning is not Dunning.INACTIVE


def _fact(session: Session, account: Account, case: Case, *, step: int, now: datetime) -> facts.ReminderDue:
    open_now = sorted(counted(case), key=lambda each: each.due_on)
    today = clock.local_date(now, account.timezone)
    numbers = dict(
        session.execute(
            select(Invoice.id, Invoice.number).where(Invoice.id.in_([each.invoice_id for each in open_now]))
        )
        .tuples()
        .all()
    )
    return facts.ReminderDue(
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        version=account.version,
        step=step,
        on=today,
        owed=Money(sum(each.open_minor for each in open_now), account.currency),
        blocked=account.dunning is Dunning.BLOCKED,
        bills=tuple(
            facts.OpenBill(
                invoice_id=each.invoice_id,
                number=numbers[each.invoice_id],
                issued_on=each.issued_on,
                due_on=each.due_on,
                open=Money(each.open_minor, account.currency),
            )
            for each in open_now
        ),
        steps=tuple(facts.NextStep(on=on, code=code) for on, code in outlook(case).days if on > today),
    )
