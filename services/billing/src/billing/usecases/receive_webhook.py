"""
The provider's notices: stored at once, worked on after.

A notice is only a hint: the truth is asked of the provider. So a notice that comes twice, late, before the
answer of our own call or in the wrong order can do no harm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from billing.clients.provider import Notice, Outcome, PaymentProvider, ProviderRefused, ProviderUnknown
from billing.domain.payment import LADDER, Status, wait_after
from billing.models import Account, Payment, WebhookReceipt
from billing.usecases.claim_payment import LEASE
from billing.usecases.insert_once import insert_once
from billing.usecases.refresh_payment_methods import refresh_payment_methods
from billing.usecases.settle_payment import settle_payment
from shared import clock
from shared.bus.outbox import wake
from shared.db import Database

log = structlog.get_logger(__name__)


def receive_webhook(session: Session, *, notice: Notice, now: datetime) -> bool:
    """
    Keep the notice to be worked on; tell whether it is new. What we know already needs no work.
    """
    known = notice.type.startswith("payment.") and _is_known(session, notice.reference)
    new = insert_once(
        session,
        WebhookReceipt,
        id=notice.id,
        type=notice.type,
        reference=notice.reference,
        customer_ref=notice.customer_ref,
        received_at=now,
        tries=0,
        ask_at=None if known else clock.real_now(),
        result="known" if known else None,
    )
    if not known:
        wake(session)
    return new


@dataclass(frozen=True, kw_only=True)
class Hint:
    """
    A notice taken up: what to ask about.
    """

    id: str
    payment_id: str | None
    customer_id: str | None


def work_webhooks(db: Database, provider: PaymentProvider) -> bool:
    """
    Work on the next notice; tell whether there was one.
    """
    with db.read() as session:
        if session.scalar(LOOK, {"now": clock.real_now()}) is None:
            return False
    with db.begin() as session:
        hint = _claim(session)
    if hint is None:
        return False
    try:
        result = _follow(db, provider, hint)
    except (ProviderUnknown, ProviderRefused) as unknown:
        log.warning("notice_waits", notice_id=hint.id, why=str(unknown))
        return True
    with db.begin() as session:
        receipt = session.get_one(WebhookReceipt, hint.id)
        receipt.result, receipt.ask_at = result, None
    return True


def _is_known(session: Session, payment_id: str | None) -> bool:
    payment = session.get(Payment, payment_id) if payment_id else None
    return payment is not None and payment.status in (Status.SUCCEEDED, Status.REFUNDED)


def _due(now: Any) -> Select[tuple[WebhookReceipt]]:
    due = WebhookReceipt.ask_at <= now
    return select(WebhookReceipt).where(due).order_by(WebhookReceipt.ask_at).limit(1)


LOOK = _due(bindparam("now"))  # asked with everything that is told: made once


def _claim(session: Session) -> Hint | None:
    real_now = clock.real_now()
    receipt = session.scalar(_due(real_now).with_for_update(skip_locked=True))
    if receipt is None:
        return None
    receipt.tries += 1
    receipt.ask_at = None if receipt.tries > len(LADDER) else real_now + _pause(receipt.tries)
    return Hint(
        id=receipt.id,
        payment_id=_ours(session, Payment, receipt.reference),
        customer_id=_ours(session, Account, receipt.customer_ref) if receipt.type == "method.saved" else None,
    )


def _pause(tries: int) -> timedelta:
    return max(LEASE, wait_after(tries))


def _ours(session: Session, record: type[Payment] | type[Account], id: str | None) -> str | None:
    return id if id and session.get(record, id) else None


def _follow(db: Database, provider: PaymentProvider, hint: Hint) -> str:
    if hint.customer_id:
        refresh_payment_methods(db, provider, customer_id=hint.customer_id)
        return "methods"
    outcome: Outcome | None = provider.find(hint.payment_id) if hint.payment_id else None
    if outcome is None or hint.payment_id is None:
        return "ignored"
    with db.begin() as session:
        payment = settle_payment(session, payment_id=hint.payment_id, outcome=outcome, now=clock.now())
        return payment.status.value
