"""
A prepaid customer without any working service becomes inactive some days after the last one was paused, and
active again with the first that works. Their services stay paused and wait for credit (``return_prepaid``).
"""

from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from billing.domain.dunning import Dunning
from billing.domain.subscription import Status
from billing.models import Account, Subscription
from billing.queries.prepaid import is_prepaid
from billing.queries.settings import settings_of
from billing.usecases.lock_account import lock_account
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.db import Database
from shared.money import Money

log = structlog.get_logger(__name__)


def review_prepaid_accounts(db: Database) -> int:
    """
    Look at every account whose credit ran out; return how many became inactive or came back.

    One that fails does not stop the others.
    """
    with db.read() as session:
        seen = session.scalars(_candidates()).all()
    return sum(_try(db, customer_id) for customer_id in seen)


def _try(db: Database, customer_id: str) -> bool:
    try:
        with db.read() as session:
            if not standing(session, session.get_one(Account, customer_id), now=clock.now())[1]:
                return False
        with db.begin() as session:
            account = lock_account(session, customer_id=customer_id)
            review_prepaid(session, account, now=clock.now())
    except Exception:
        log.exception("prepaid_review_failed", customer_id=customer_id)
        return False
    return True


def review_prepaid(session: Session, account: Account, *, now: datetime) -> None:
    """
    Bring the locked account to where its paused services put it, and tell that once.
    """
    inactive_on, moved = standing(session, account, now=now)
    if not moved:
        return
    account.version += 1
    mail = settings_of(session, account).mail_access
    if inactive_on:
        since = _last_pause(session, account) or inactive_on
        tell(session, _deactivated(account, inactive_on, since=since, mail=mail))
    elif account.dunning is Dunning.CLEAR:
        tell(session, _cleared(account, clock.local_date(now, account.timezone), mail=mail))
    account.prepaid_inactive_on = inactive_on


def standing(session: Session, account: Account, *, now: datetime) -> tuple[date | None, bool]:
    """
    Return since when the account is to be inactive (None: it is not), and whether that is news.
    """
    told = account.prepaid_inactive_on
    if _works(session, account):
        return None, told is not None
    due = _due(session, account)
    if told or due is None or clock.local_date(now, account.timezone) < due:
        return told, False
    return due, True


def _due(session: Session, account: Account) -> date | None:
    settings, last = settings_of(session, account), _last_pause(session, account)
    days = settings.prepaid_deactivate_after
    processed = settings.process_prepaid and not account.inactive_manually
    if last is None or days is None or not processed or not is_prepaid(account):
        return None
    return last + timedelta(days=days)


def _last_pause(session: Session, account: Account) -> date | None:
    mine = Subscription.customer_id == account.customer_id
    query = select(func.max(Subscription.short_since_on)).where(mine, Subscription.status == Status.PAUSED)
    return session.scalar(query)


def _works(session: Session, account: Account) -> bool:
    mine = Subscription.customer_id == account.customer_id
    query = select(Subscription.id).where(mine, Subscription.status == Status.ACTIVE).limit(1)
    return session.scalar(query) is not None


def _candidates() -> Select[tuple[str]]:
    short = select(Subscription.customer_id).where(Subscription.short_since_on.is_not(None))
    told = or_(Account.customer_id.in_(short), Account.prepaid_inactive_on.is_not(None))
    return select(Account.customer_id).where(told).order_by(Account.customer_id)


def _deactivated(account: Account, on: date, *, since: date, mail: bool) -> facts.AccountDeactivated:
    return facts.AccountDeactivated(
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        version=account.version,
        on=on,
        owed=Money(account.owed_minor, account.currency),
        due_since=since,
        prepaid=True,
        mail=mail,
    )


def _cleared(account: Account, on: date, *, mail: bool) -> facts.AccountCleared:
    return facts.AccountCleared(
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        version=account.version,
        on=on,
        mail=mail,
    )
