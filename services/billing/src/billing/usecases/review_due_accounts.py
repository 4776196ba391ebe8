"""The clock's part of dunning: accounts whose next step has come; a bad one waits alone."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain.dunning import moment
from billing.domain.settings import BillingSettings, layered
from billing.models import Account
from billing.queries.settings import partner_settings
from billing.usecases.catch_up_accounts import catch_up_accounts
from billing.usecases.review_dunning import BY_CLOCK, review_many
from billing.usecases.walk_due_accounts import FARTHEST, SEEN_AT_ONCE, walk_due_accounts
from shared import clock
from shared.db import Database


def review_due_accounts(db: Database) -> int:
    """
    Review every account whose next step has come, wherever it lives; return how many there were.
    """
    now = clock.now()
    return walk_due_accounts(
        db,
        lambda session, after: _due(session, now=now, after=after),
        work=lambda session, accounts: _review(session, accounts, now=now),
        put_off=_put_off,
        now=now,
    )


def _review(session: Session, accounts: Sequence[Account], *, now: datetime) -> None:
    # After downtime a pause may have ended, and a plan changed, before the account became inactive.
    catch_up_accounts(session, [account.customer_id for account in accounts], now=now)
    review_many(session, accounts, now=now, cause=BY_CLOCK)


def _due(session: Session, *, now: datetime, after: str) -> tuple[list[str], list[str]]:
    rows = session.execute(
        select(
            Account.customer_id,
            Account.partner_id,
            Account.timezone,
            Account.own_settings,
            Account.dunning_next_on,
        )
        .where(Account.dunning_next_on <= (now + FARTHEST).date(), Account.customer_id > after)
        .order_by(Account.customer_id)
        .limit(SEEN_AT_ONCE)
    ).all()
    partners: dict[str, BillingSettings] = {}
    due = []
    for customer_id, partner_id, timezone, own, on in rows:
        if partner_id not in partners:
            partners[partner_id] = partner_settings(session, partner_id)
        hour = layered(partners[partner_id], own).blocking_hour
        if moment(on, hour, timezone) <= now:
            due.append(customer_id)
    return [row.customer_id for row in rows], due


def _put_off(account: Account, day: date) -> None:
    account.dunning_next_on = day
