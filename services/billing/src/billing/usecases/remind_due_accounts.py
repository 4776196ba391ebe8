"""The clock's part of reminders: accounts whose day has come; a bad one waits alone."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.dunning import moment
from billing.domain.reminders import HOUR
from billing.models import Account
from billing.queries.looks import looks_at
from billing.usecases.remind_account import remind_account
from billing.usecases.walk_due_accounts import FARTHEST, SEEN_AT_ONCE, walk_due_accounts
from shared import clock
from shared.db import Database


def remind_due_accounts(db: Database) -> int:
    """
    Remind every account whose day and hour have come, wherever it lives; return how many there were.
    """
    now = clock.now()
    return walk_due_accounts(
        db,
        lambda session, after: _due(session, now=now, after=after),
        work=lambda session, accounts: _remind(session, accounts, now=now),
        put_off=_put_off,
        now=now,
    )


def _remind(session: Session, accounts: Sequence[Account], *, now: datetime) -> None:
    looks = looks_at(session, accounts)
    for account in accounts:
        remind_account(session, account, now=now, look=looks[account.customer_id])


def _due(session: Session, *, now: datetime, after: str) -> tuple[list[str], list[str]]:
    rows = session.execute(
        select(Account.customer_id, Account.timezone, Account.remind_next_on)
        .where(Account.remind_next_on <= (now + FARTHEST).date(), Account.customer_id > after)
        .order_by(Account.customer_id)
        .limit(SEEN_AT_ONCE)
    ).all()
    due = [customer_id for customer_id, timezone, on in rows if moment(on, HOUR, timezone) <= now]
    return [row.customer_id for row in rows], due


def _put_off(account: Account, day: date) -> None:
    account.remind_next_on = day
