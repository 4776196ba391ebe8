"""
The clock of prepaid accounts: what begins a new period today pays for it, or is paused.

One transaction per account and day. After a standstill the days are worked off in order, each as if it were
that day, so the books do not depend on when the worker ran.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from billing.domain.basket import PREPAID
from billing.domain.prepaid import payable
from billing.domain.settings import BillingSettings, layered
from billing.domain.subscription import Status
from billing.models import Account, Subscription
from billing.queries.prepaid import Held, is_prepaid, members, running
from billing.queries.settings import partner_settings
from billing.usecases.charge_prepaid import charge_prepaid
from billing.usecases.keep_segments import end_segments
from billing.usecases.lock_account import lock_account
from billing.usecases.open_subscriptions import change
from billing.usecases.post import tell_balance
from shared import clock
from shared.db import Database
from shared.money import Money

log = structlog.get_logger(__name__)

AHEAD = timedelta(hours=14)  # the earliest time zone is so far ahead of UTC


def renew_prepaid(db: Database) -> int:
    """
    Renew whatever is due; return how many accounts were looked at. One that fails does not stop the others.
    """
    with db.read() as session:
        due = list(_due(session, now=clock.now()))
    for customer_id in due:
        try:
            catch_up(db, customer_id)
        except Exception:
            log.exception("prepaid_renewal_failed", customer_id=customer_id)
    return len(due)


def catch_up(db: Database, customer_id: str) -> None:
    """
    Work off every day due of one account, each in a transaction of its own.
    """
    more = True
    while more:
        with db.begin() as session:
            more = renew_account(session, customer_id=customer_id, now=clock.now())


def renew_account(session: Session, *, customer_id: str, now: datetime) -> bool:
    """
    Pay or pause what the account's earliest day due asks for; tell whether there was such a day.
    """
    account = lock_account(session, customer_id=customer_id)
    today, before = clock.local_date(now, account.timezone), account.balance.minor
    held = running(session, account) if is_prepaid(account) else []
    due = [each for each in held if each.service.paid_until <= today]
    if not due:
        return False
    day = min(each.service.paid_until for each in due)
    _renew(session, account, [each for each in due if each.service.paid_until == day], day, now=now)
    tell_balance(session, account, before=before)
    return True


def renew_before(session: Session, account: Account, day: date, *, now: datetime) -> None:
    """
    Pay or pause what is due before *day*, oldest first, in the caller's transaction.
    """
    due: list[Held] = running(session, account)
    while due:
        first = min(each.service.paid_until for each in due)
        now_due = [each for each in due if each.service.paid_until == first < day]
        if not now_due:
            return
        _renew(session, account, now_due, first, now=now)
        session.flush()
        due = running(session, account)


def pause(session: Session, held: Held, *, on: date) -> None:
    """
    Pause a service the credit does not pay for, from *on*, with the members of its bundle.
    """
    for subscription in (held.subscription, *members(session, held.subscription)):
        subscription.short_since_on = on
        end_segments(session, subscription, on)
        change(session, subscription, status=Status.PAUSED, starts_on=subscription.starts_on)


def _renew(session: Session, account: Account, due: list[Held], day: date, *, now: datetime) -> None:
    credit = Money(account.credit_minor, account.currency)
    fits = set(payable([(each.service.id, each.step.amount) for each in due], credit))
    paid = [each for each in due if each.service.id in fits]
    if paid:
        charge_prepaid(session, account, paid, now=now)
    for each in due:
        if each not in paid:
            pause(session, each, on=day)


def _due(session: Session, *, now: datetime) -> Iterator[str]:
    of_partner: dict[str, BillingSettings] = {}
    rows = session.execute(
        select(Subscription.customer_id, func.min(Subscription.charged_through))
        .join(Account, Account.customer_id == Subscription.customer_id)
        .where(
            Subscription.status == Status.ACTIVE,
            Subscription.bundle_id.is_(None),
            Subscription.charged_through <= (now + AHEAD).date(),
            or_(Subscription.ends_on.is_(None), Subscription.ends_on >= Subscription.charged_through),
            Account.billing_type.in_(PREPAID),
        )
        .group_by(Subscription.customer_id)
    ).all()
    for customer_id, first in rows:
        account = session.get_one(Account, customer_id)
        if account.partner_id not in of_partner:
            of_partner[account.partner_id] = partner_settings(session, account.partner_id)
        settings = layered(of_partner[account.partner_id], account.own_settings)
        processed = settings.billing_enabled and settings.process_prepaid
        if processed and first <= clock.local_date(now, account.timezone):
            yield customer_id
