"""
Remind a customer of unpaid bills: the trail and the fact in one transaction, by what is open at that moment.

Who has paid, or whose payment is on its way, hears nothing. Asking again on the same day changes nothing.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain import reminders as rules
from billing.domain.dunning import Case, Dunning, counted, outlook
from billing.models import Account, Invoice, Reminder
from billing.queries.dunning import case_of
from billing.queries.reminders import trail_of
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.money import Money


def remind_account(session: Session, account: Account, *, now: datetime) -> None:
    """
    Take the steps of the locked account that have come, and tell the latest ones as one reminder.
    """
    session.flush()
    case = case_of(session, account)
    steps = rules.come(case, now, trail_of(session, case)) if _may_remind(account) else []
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
    session.flush()
    plan_reminder(session, account, case, now=now)


def plan_reminder(session: Session, account: Account, case: Case, *, now: datetime) -> None:
    """
    Note on which day the account is reminded next.
    """
    account.remind_next_on = None
    if not _may_remind(account) or not case.settings.reminders:
        return
    look = rules.next_look(case, now, rules.Trail())
    if look == clock.local_date(now, account.timezone):
        look = rules.next_look(case, now, trail_of(session, case))  # it may have been taken
    account.remind_next_on = look


def _may_remind(account: Account) -> bool:
    # Who is inactive has been told what happened; there is no further step to remind of.
    return account.owed_minor > 0 and account.dunning is not Dunning.INACTIVE


def _fact(session: Session, account: Account, case: Case, *, step: int, now: datetime) -> facts.ReminderDue:
    open_now = sorted(counted(case), key=lambda each: each.due_on)
    today = clock.local_date(now, account.timezone)
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
                number=session.get_one(Invoice, each.invoice_id).number,
                issued_on=each.issued_on,
                due_on=each.due_on,
                open=Money(each.open_minor, account.currency),
            )
            for each in open_now
        ),
        steps=tuple(facts.NextStep(on=on, code=code) for on, code in outlook(case).days if on > today),
    )
