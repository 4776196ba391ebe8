"""Try automatic payments that failed again, on the days the partner has chosen, until the bill is paid."""

from datetime import date, timedelta

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.models import Invoice, Payment
from billing.usecases.collect_bills import collect_bills
from billing.usecases.lock_account import lock_account
from shared import clock
from shared.db import Database

log = structlog.get_logger(__name__)

AHEAD = timedelta(days=1)  # somewhere it may be tomorrow already


def retry_collections(db: Database) -> bool:
    """
    Try the next payment whose day has come; tell whether there was one. One that fails waits for tomorrow.
    """
    with db.read() as session:
        found = session.execute(_due(clock.today("UTC") + AHEAD)).all()
    return any(_try(db, payment_id, customer_id) for payment_id, customer_id in found)


def _due(latest: date) -> Select[tuple[str, str]]:
    query = select(Payment.id, Payment.customer_id).where(Payment.retry_on <= latest)
    return query.order_by(Payment.retry_on, Payment.id).limit(50)


def _try(db: Database, payment_id: str, customer_id: str) -> bool:
    try:
        return _retry(db, payment_id, customer_id)
    except Exception:
        log.exception("collection_retry_failed", payment_id=payment_id, customer_id=customer_id)
    with db.begin() as session:
        account = lock_account(session, customer_id=customer_id)
        failed = session.get_one(Payment, payment_id, populate_existing=True)
        failed.retry_on = clock.today(account.timezone) + AHEAD
    return True


def _retry(db: Database, payment_id: str, customer_id: str) -> bool:
    with db.begin() as session:
        account = lock_account(session, customer_id=customer_id)
        failed = session.get_one(Payment, payment_id, populate_existing=True)
        if failed.retry_on is None or failed.retry_on > clock.today(account.timezone):
            return False
        failed.retry_on = None
        bills = _bills(session, failed)
        collect_bills(session, account, bills, method_id=failed.method_id, now=clock.now(), failed=failed)
        return True


def _bills(session: Session, failed: Payment) -> list[Invoice]:
    query = select(Invoice).where(Invoice.id.in_(failed.invoice_ids), Invoice.open_minor > 0)
    return list(session.scalars(query.order_by(Invoice.due_on, Invoice.id)))
