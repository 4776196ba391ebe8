"""
After a partner's settings changed, every account that inherits follows: billing day, next bill, late payment,
and the partner's time zone.

In batches by the worker, so that saving is quick however many customers there are. A worker that dies starts
the partner again; following twice changes nothing. An account that fails is noted and tried again alone.
"""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import Account, Partner, PartnerSettings
from billing.queries.settings import settings_of
from billing.usecases.lock_account import lock_account, partner_of
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.review_dunning import review_dunning
from shared import clock
from shared.db import Database

log = structlog.get_logger(__name__)

BY_SETTINGS = "settings"
BATCH = 100


def follow_settings(db: Database) -> int:
    """
    Let the accounts of every partner whose settings moved follow; return how many there were.
    """
    with db.read() as session:
        moved = session.execute(
            select(PartnerSettings.partner_id, PartnerSettings.version).where(
                PartnerSettings.version > PartnerSettings.followed_version
            )
        ).all()
    return sum(_follow_partner(db, partner_id, version) for partner_id, version in moved)


def catch_up_with_settings(db: Database) -> int:
    """
    Try the accounts again that could not follow; return how many still cannot.
    """
    with db.read() as session:
        left = [(row.partner_id, row.left_behind) for row in session.scalars(select(PartnerSettings))]
    return sum(_try_again(db, partner_id, ids) for partner_id, ids in left if ids)


def _try_again(db: Database, partner_id: str, ids: list[str]) -> int:
    failed = [each for customer_id in ids for each in _follow_many(db, [customer_id])]
    with db.begin() as session:
        row = session.get_one(PartnerSettings, partner_id, with_for_update=True)
        if row.left_behind == ids:
            row.left_behind = failed
    return len(failed)


def follow(session: Session, account: Account, *, now: datetime) -> None:
    """
    Bring the locked account to where the settings in force put it.
    """
    partner = partner_of(session, account.partner_id)
    account.timezone = partner.timezone if partner else account.timezone
    account.billing_day = settings_of(session, account).billing_day
    plan_next_bill(session, account)
    review_dunning(session, account, now=now, cause=BY_SETTINGS)


def _follow_partner(db: Database, partner_id: str, version: int) -> int:
    done, after, failed = 0, "", list[str]()
    while ids := _next(db, partner_id, after):
        failed += _follow_many(db, ids)
        done, after = done + len(ids), ids[-1]
    with db.begin() as session:
        row = session.get_one(PartnerSettings, partner_id, with_for_update=True)
        row.followed_version, row.left_behind = version, failed
    return done


def _follow_many(db: Database, ids: list[str]) -> list[str]:
    """
    Let the accounts follow, and return those that could not.
    """
    try:
        with db.begin() as session:
            for customer_id in ids:
                follow(session, lock_account(session, customer_id=customer_id), now=clock.now())
    except Exception:
        if len(ids) == 1:
            log.exception("settings_not_followed", customer_id=ids[0])
            return ids
        return [each for customer_id in ids for each in _follow_many(db, [customer_id])]
    return []


def _next(db: Database, partner_id: str, after: str) -> list[str]:
    with db.read() as session:
        partner = session.get(Partner, partner_id)
        query = select(Account.customer_id).where(Account.customer_id > after)
        if partner is None or not partner.is_default:  # from Default everybody inherits
            query = query.where(Account.partner_id == partner_id)
        return list(session.scalars(query.order_by(Account.customer_id).limit(BATCH)))
