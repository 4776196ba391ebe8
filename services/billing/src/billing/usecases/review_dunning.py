"""
Bring an account to where its open bills put it, in the transaction of whatever changed them.

Asking again changes nothing. A step that was planned bears its day, however late that is seen; one that other
settings, bills or days brought about bears today.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing.domain import dunning as rules
from billing.domain.dunning import Case, Dunning, Outlook
from billing.models import Account, DunningEvent
from billing.queries.looks import Look, look_at, looks_at
from billing.usecases.deactivate_account import deactivate_account
from billing.usecases.reactivate_account import reactivate_account
from billing.usecases.remind_account import plan_reminder
from shared import clock, context
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.money import Money

BY_CLOCK = "clock"
BY_MONEY = "money"


def review_dunning(
    session: Session, account: Account, *, now: datetime, cause: str = BY_MONEY, look: Look | None = None
) -> Dunning:
    """
    Return the state of the locked account at *now*, after doing and telling all that follows from it.

    Whoever looked at many at once brings the *look* along.
    """
    if account.owed_minor <= 0 and account.dunning is Dunning.CLEAR and not account.steps_told:
        account.dunning_next_on, account.remind_next_on = None, None
        return account.dunning
    look = look or look_at(session, account)
    case = look.case
    ahead = rules.outlook(case)
    found = rules.verdict(case, now, present=account.dunning)
    if found is not account.dunning:
        _move(session, account, look, ahead, found, cause=cause, now=now)
    account.dunning_next_on = rules.next_look(case, now)
    plan_reminder(account, case, look.trail, now=now)
    _tell_steps(session, account, case, ahead)
    return found


def review_many(session: Session, accounts: Sequence[Account], *, now: datetime, cause: str) -> None:
    """
    Bring these locked accounts to where their open bills put them.
    """
    looks = looks_at(session, accounts)
    for account in accounts:
        review_dunning(session, account, now=now, cause=cause, look=looks[account.customer_id])


def _move(
    session: Session,
    account: Account,
    look: Look,
    ahead: Outlook,
    found: Dunning,
    *,
    cause: str,
    now: datetime,
) -> None:
    old, today = account.dunning, clock.local_date(now, account.timezone)
    planned_from = account.dunning_next_on or today
    on = today
    for seq, (before, after) in enumerate(rules.path(old, found), start=look.steps + 1):
        planned = ahead.on(after)
        on = planned if planned and planned_from <= planned <= today else today
        _note(session, account, seq, before, after, on=on, cause=cause, now=now)
    account.dunning, account.dunning_since_on = found, on
    account.version += 1
    if found is Dunning.INACTIVE:
        deactivate_account(session, account, on=on, since_on=ahead.since_on, now=now)
    if old is Dunning.INACTIVE and not account.inactive_manually:
        reactivate_account(session, account, on=on, now=now)
    _tell_state(session, account, look.case, ahead, on=on, now=now)


def _note(
    session: Session,
    account: Account,
    seq: int,
    before: Dunning,
    after: Dunning,
    *,
    on: date,
    cause: str,
    now: datetime,
) -> None:
    session.add(
        DunningEvent(
            customer_id=account.customer_id,
            seq=seq,
            partner_id=account.partner_id,
            on=on,
            at=now,
            old=before.value,
            new=after.value,
            cause=cause,
            actor=context.current().actor,
        )
    )


def _tell_state(
    session: Session, account: Account, case: Case, ahead: Outlook, *, on: date, now: datetime
) -> None:
    who, version = (account.customer_id, account.partner_id), account.version
    mail = case.settings.mail_access
    if account.dunning is Dunning.CLEAR:
        if account.prepaid_inactive_on is None:  # else another reason still stands
            tell(
                session,
                facts.AccountCleared(
                    customer_id=who[0], partner_id=who[1], version=version, on=on, mail=mail
                ),
            )
        return
    owed = Money(sum(document.open_minor for document in rules.overdue(case, now)), account.currency)
    due = ahead.due_on or on
    if account.dunning is Dunning.BLOCKED:
        tell(
            session,
            facts.AccountBlocked(
                customer_id=who[0],
                partner_id=who[1],
                version=version,
                on=on,
                owed=owed,
                due_since=due,
                inactive_on=ahead.inactive_on,
                mail=mail,
            ),
        )
        return
    tell(
        session,
        facts.AccountDeactivated(
            customer_id=who[0],
            partner_id=who[1],
            version=version,
            on=on,
            owed=owed,
            due_since=due,
            mail=mail,
        ),
    )


def _tell_steps(session: Session, account: Account, case: Case, ahead: Outlook) -> None:
    owed = sum(document.open_minor for document in rules.counted(case))
    steps = tuple(facts.NextStep(on=on, code=code) for on, code in ahead.days)
    told = rules.noted(owed, ahead)
    if told == account.steps_told:
        return
    account.steps_told = told
    account.version += 1
    tell(
        session,
        facts.NextStepsChanged(
            customer_id=account.customer_id,
            partner_id=account.partner_id,
            version=account.version,
            owed=Money(owed, account.currency),
            since_on=ahead.since_on,
            steps=steps,
        ),
    )
