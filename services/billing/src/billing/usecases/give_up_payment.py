"""
End a payment for bills or a balance that waits for a customer at the bank: they want to pay another way, or
time is over.

The provider is told to stop first and its answer decides: money that was taken meanwhile is booked instead.
"""

from datetime import datetime

import structlog
from sqlalchemy import Select, and_, or_, select

from billing.clients.provider import Outcome, OutcomeStatus, PaymentProvider, ProviderRefused, ProviderUnknown
from billing.domain.collection import ACT_AT_ONCE_FOR, ACT_LATER_FOR, Purpose
from billing.domain.payment import OPEN, Status
from billing.models import Payment
from billing.usecases.settle_payment import close, lock_payment, settle_payment, tell_failed
from billing.usecases.use_payment import plan_retry
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.db import Database

log = structlog.get_logger(__name__)

SO_ENDED = (Purpose.BILLS, Purpose.BALANCE)  # an order ends its own


def give_up_payment(db: Database, provider: PaymentProvider, *, payment_id: str, code: str) -> bool:
    """
    End the payment with *code*, unless the money was taken; tell whether the provider said which.
    """
    try:
        outcome = provider.cancel(payment_id)
    except (ProviderUnknown, ProviderRefused) as unknown:
        log.warning("payment_waits", payment_id=payment_id, why=str(unknown))
        return False
    with db.begin() as session:
        if outcome and outcome.status is OutcomeStatus.SUCCEEDED:
            settle_payment(session, payment_id=payment_id, outcome=outcome, now=clock.now())
            return True
        payment, _order, account = lock_payment(session, payment_id)
        if payment.status in OPEN and _may_end(outcome):
            close(payment, Status.CANCELLED, now=clock.now(), code=code)
            plan_retry(session, account, payment, now=clock.now())
            tell_failed(session, payment)
            write_audit(session, account, action="payment_given_up", target=payment.id, now=clock.now())
    return True


def give_up_payments(db: Database, provider: PaymentProvider) -> bool:
    """
    End one payment that another took the place of, or that nobody finished; tell whether there was one.
    """
    with db.read() as session:
        found = session.scalars(_to_end(clock.now())).all()
    return any(give_up_payment(db, provider, payment_id=each, code="abandoned") for each in found)


def _to_end(now: datetime) -> Select[tuple[str]]:
    over = or_(
        and_(Payment.automatic, Payment.created_at <= now - ACT_LATER_FOR),
        and_(~Payment.automatic, Payment.created_at <= now - ACT_AT_ONCE_FOR),
        Payment.superseded,
    )
    waiting = (Payment.purpose.in_(SO_ENDED), Payment.status == Status.ACTION_REQUIRED)
    query = select(Payment.id).where(*waiting, Payment.parked.is_(None), over)
    return query.order_by(Payment.created_at).limit(20)


def _may_end(outcome: Outcome | None) -> bool:
    return outcome is None or outcome.status is OutcomeStatus.FAILED
