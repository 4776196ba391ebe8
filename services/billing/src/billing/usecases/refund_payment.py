"""
Promise money back to the card it came from; ``send_refunds`` keeps the promise.

Never more goes back than came by that payment, and what goes back cannot be used for a bill any more.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.domain.document import RefundStatus
from billing.models import Account, CreditNote, Payment, Refund
from billing.usecases.allocate import use_up
from billing.usecases.post import post
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import wake
from shared.ids import new_id


def refund_payment(
    session: Session,
    account: Account,
    *,
    payment: Payment,
    source: Payment | CreditNote,
    reason: str,
    now: datetime,
) -> Refund | None:
    """
    Send what *source* has left back by *payment*, as far as that payment reaches; None if nothing is left.
    """
    amount = min(source.left_minor, payment.amount_minor - promised(session, payment.id))
    if amount <= 0:
        return None
    refund = Refund(
        id=new_id("ref"),
        payment_id=payment.id,
        order_id=payment.order_id,
        credit_note_id=source.id if isinstance(source, CreditNote) else None,
        customer_id=account.customer_id,
        partner_id=account.partner_id,
        currency=account.currency,
        amount_minor=amount,
        status=RefundStatus.PENDING,
        reason=reason,
        tries=0,
        ask_at=clock.real_now(),
        created_at=now,
    )
    session.add(refund)
    use_up(source, amount)
    entries = ledger.refund_agreed(account.customer_id, amount)
    post(session, account, kind="refund_agreed", ref=refund.id, entries=entries, now=now)
    write_audit(session, account, action="refund_agreed", target=refund.id, now=now, amount=refund.amount)
    wake(session)
    return refund


def promised(session: Session, payment_id: str) -> int:
    """
    Return how much of the payment has gone back or is on its way, in minor units.
    """
    query = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(Refund.payment_id == payment_id)
    return int(session.execute(query).scalar_one())
