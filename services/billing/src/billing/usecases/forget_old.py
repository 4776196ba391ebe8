"""Forget what nobody can ask for any more: keyed answers, unused quotes, notices that were worked on."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing.models import BulkAct, BulkActPaper, Quote, QuoteLine, WebhookReceipt
from shared.web import idempotency

KEPT = timedelta(days=30)
PAPERS_KEPT = timedelta(days=1)


def forget_old(session: Session, *, now: datetime) -> None:
    """
    Delete what is older than 30 days (keyed answers: seven, printed bills: one); *now* is business time.
    """
    idempotency.forget_old(session)
    printed = select(BulkAct.id).where(BulkAct.created_at < now - PAPERS_KEPT)
    session.execute(delete(BulkActPaper).where(BulkActPaper.bulk_id.in_(printed)))
    old = select(Quote.id).where(Quote.order_id.is_(None), Quote.created_at < now - KEPT)
    session.execute(delete(QuoteLine).where(QuoteLine.quote_id.in_(old)))
    session.execute(delete(Quote).where(Quote.order_id.is_(None), Quote.created_at < now - KEPT))
    session.execute(
        delete(WebhookReceipt).where(WebhookReceipt.ask_at.is_(None), WebhookReceipt.received_at < now - KEPT)
    )
