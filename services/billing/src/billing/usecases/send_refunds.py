"""
Send promised money back: record the try, ask the provider, record the answer.

The refund's id is the provider's key; an unclear call is looked up before it is repeated, so no money goes
back twice. What the provider refuses is parked for a person: the promise stays in the books.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from billing.clients.provider import (
    OutcomeStatus,
    PaymentProvider,
    ProviderRefused,
    ProviderUnknown,
    RefundOutcome,
)
from billing.domain import ledger
from billing.domain import order as order_rules
from billing.domain.document import CreditStatus, RefundStatus
from billing.domain.payment import Status, wait_after
from billing.domain.reason import told_because
from billing.models import CreditNote, Order, Payment, Refund
from billing.usecases.claim_payment import LEASE
from billing.usecases.lock_account import lock_account
from billing.usecases.move_order import move_order
from billing.usecases.post import post, tell_balance
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.db import Database
from shared.failpoint import failpoint
from shared.money import Money

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Promise:
    """
    A refund taken up, kept outside any transaction; *sent_before* went back by the same payment already.
    """

    refund_id: str
    payment_id: str
    amount: Money
    tries: int
    sent_before: Money


def send_refunds(db: Database, provider: PaymentProvider) -> bool:
    """
    Send the next refund that is due; tell whether there was one.
    """
    with db.read() as session:
        if session.scalar(_due()) is None:
            return False
    with db.begin() as session:
        promise = _claim(session)
    if promise is None:
        return False
    failpoint("billing.refund.before_provider")
    outcome = _ask(provider, promise)
    failpoint("billing.refund.after_provider")
    with db.begin() as session:
        settle_refund(session, refund_id=promise.refund_id, outcome=outcome, now=clock.now())
    return True


def settle_refund(session: Session, *, refund_id: str, outcome: RefundOutcome | None, now: datetime) -> None:
    """
    Record what the provider says about a refund (None: nothing clear yet).
    """
    refund = session.get_one(Refund, refund_id)
    account = lock_account(session, customer_id=refund.customer_id)
    session.refresh(refund)
    if refund.status is not RefundStatus.PENDING:
        return
    if outcome is None or outcome.status in (OutcomeStatus.PENDING, OutcomeStatus.ACTION_REQUIRED):
        refund.ask_at = clock.real_now() + wait_after(max(refund.tries, 1))
        return
    refund.external_ref, refund.ask_at, refund.done_at = outcome.external_ref or None, None, now
    if outcome.status is OutcomeStatus.FAILED:
        log.error("refund_parked", refund_id=refund.id, code=outcome.failure_code)
        refund.status, refund.failure_code = RefundStatus.PARKED, outcome.failure_code
        write_audit(
            session, account, action="refund_parked", target=refund.id, now=now, code=outcome.failure_code
        )
        return
    before = account.balance.minor
    payment = session.get_one(Payment, refund.payment_id)
    refund.status = RefundStatus.SUCCEEDED
    through = payment.provider if refund.way == "card" else refund.way
    entries = ledger.refund_paid(account.customer_id, through, refund.amount_minor)
    post(
        session,
        account,
        kind="refund_paid",
        ref=refund.id,
        entries=entries,
        now=now,
        currency=refund.currency,
    )
    _conclude(session, refund, payment, now=now)
    write_audit(session, account, action="refund_paid", target=refund.id, now=now, amount=refund.amount)
    tell_balance(session, account, before=before)


def _due() -> Select[tuple[Refund]]:
    due = (Refund.status == RefundStatus.PENDING, Refund.ask_at <= clock.real_now())
    return select(Refund).where(*due).order_by(Refund.ask_at).limit(1)


def _claim(session: Session) -> Promise | None:
    real_now = clock.real_now()
    refund = session.scalar(_due().with_for_update(skip_locked=True))
    if refund is None:
        return None
    refund.tries += 1
    refund.ask_at = real_now + LEASE
    sent = sent_back(session, refund.payment_id)
    return Promise(
        refund_id=refund.id,
        payment_id=refund.payment_id,
        amount=refund.amount,
        tries=refund.tries,
        sent_before=Money(sent, refund.currency),
    )


def sent_back(session: Session, payment_id: str) -> int:
    """
    Return how much of a payment has really gone back, in minor units.
    """
    query = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == payment_id, Refund.status == RefundStatus.SUCCEEDED
    )
    return int(session.execute(query).scalar_one())


def _ask(provider: PaymentProvider, promise: Promise) -> RefundOutcome | None:
    try:
        if promise.tries > 1 and _is_back(provider, promise):
            return RefundOutcome(status=OutcomeStatus.SUCCEEDED, external_ref="")
        return provider.refund(promise.payment_id, amount=promise.amount, key=promise.refund_id)
    except ProviderUnknown as unknown:
        log.warning("provider_unknown", refund_id=promise.refund_id, why=str(unknown))
        return None
    except ProviderRefused as refused:
        return RefundOutcome(status=OutcomeStatus.FAILED, external_ref="", failure_code=refused.code)


def _is_back(provider: PaymentProvider, promise: Promise) -> bool:
    found = provider.find(promise.payment_id)
    back = found.refunded if found else None
    return back is not None and promise.sent_before + promise.amount <= back


def _conclude(session: Session, refund: Refund, payment: Payment, *, now: datetime) -> None:
    session.flush()
    if payment.status is Status.SUCCEEDED and sent_back(session, payment.id) == payment.amount_minor:
        payment.status = Status.REFUNDED
    if refund.credit_note_id:
        note = session.get_one(CreditNote, refund.credit_note_id)
        note.status = CreditStatus.REFUNDED if note.left_minor == 0 else note.status
    order = session.get(Order, refund.order_id) if refund.order_id else None
    if order and order.status is order_rules.Status.REJECTED:
        move_order(session, order, order_rules.Status.REFUNDED, now=now)
    tell(
        session,
        facts.PaymentRefunded(
            payment_id=payment.id,
            order_id=refund.order_id,
            customer_id=refund.customer_id,
            partner_id=refund.partner_id,
            amount=refund.amount,
            reason=refund.reason,
            because=told_because(refund.because),
        ),
    )
