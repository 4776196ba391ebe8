"""
Promise money back to the card it came from; ``send_refunds`` keeps the promise.

Never more goes back than came by that payment, and what goes back cannot be used for a bill any more.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.domain.document import RefundStatus
from billing.domain.reason import worded
from billing.models import Account, CreditNote, Payment, Refund
from billing.usecases.allocate import use_up
from billing.usecases.post import post
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import wake
from shared.ids import new_id
from shared.money import Money


def refund_payment(
    session: Session,
    account: Account,
    *,
    payment: Payment,
    source: Payment | CreditNote,
    reason: str,
    now: datetime,
    at_most: int | None = None,
    refund_id: str | None = None,
) -> Refund | None:
    """
    Send what *source* has left (or *at_most* minor units of it) back by *payment*, as far as that payment
    reaches; None if nothing is left.
    """
    amount = min(source.left_minor, payment.amount_minor - promised(session, payment.id))
    amount = amount if at_most is None else min(amount, at_most)
    if amount <= 0:
        return None
    refund = _promise(payment, Money(amount, account.currency), reason=reason, now=now)
    refund.id = refund_id or refund.id
    refund.credit_note_id = source.id if isinstance(source, CreditNote) else None
    use_up(source, amount)
    entries = ledger.refund_agreed(account.customer_id, amount)
    post(session, account, kind="refund_agreed", ref=refund.id, entries=entries, now=now)
    _agree(session, account, refund, now=now)
    return refund


def return_payment(
    session: Session, account: Account, *, payment: Payment, taken: Money, reason: str, now: datetime
) -> Refund:
    """
    Send back all of *taken*, which never became the customer's credit; it may be of another currency.
    """
    refund = _promise(payment, taken, reason=reason, now=now)
    entries = ledger.payment_to_return(account.customer_id, payment.provider, taken.minor)
    post(
        session,
        account,
        kind="payment_to_return",
        ref=payment.id,
        entries=entries,
        now=now,
        currency=taken.currency,
    )
    _agree(session, account, refund, now=now)
    return refund


def promised(session: Session, payment_id: str) -> int:
    """
    Return how much of the payment has gone back or is on its way, in minor units.
    """
    query = select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
        Refund.payment_id == payment_id, Refund.status != RefundStatus.GIVEN_UP
    )
    return int(session.execute(query).scalar_one())


def _promise(payment: Payment, amount: Money, *, reason: str, now: datetime) -> Refund:
    return Refund(
        id=new_id("ref"),
        payment_id=payment.id,
        order_id=payment.order_id,
        customer_id=payment.customer_id,
        partner_id=payment.partner_id,
        currency=amount.currency,
        amount_minor=amount.minor,
        status=RefundStatus.PENDING,
        **worded(reason),
        tries=0,
        ask_at=clock.real_now(),
        created_at=now,
    )


def _agree(session: Session, account: Account, refund: Refund, *, now: datetime) -> None:
    session.add(refund)
    write_audit(session, account, action="refund_agreed", target=refund.id, now=now, amount=refund.amount)
    wake(session)
