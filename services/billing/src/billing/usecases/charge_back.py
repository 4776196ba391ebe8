"""
The bank takes a payment back, and perhaps gives it back later.

What it had paid is open again, due when it always was, and dunning follows in the same transaction. When the
bank gives in, the money pays the same bills again, and what they no longer need is the customer's credit.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import ledger
from billing.domain.collection import Purpose
from billing.domain.payment import Status
from billing.models import Account, Chargeback, Invoice, Payment
from billing.usecases.allocate import allocate, use_credit_as_set
from billing.usecases.post import post, tell_balance
from billing.usecases.refund_payment import promised
from billing.usecases.return_money import LONGEST_REASON, lock_for_staff
from billing.usecases.take_back import take_back
from billing.usecases.use_payment import use_payment
from billing.usecases.write_audit import write_audit
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import Conflict, FieldError, Invalid
from shared.ids import new_id


class NotChargedBack(Conflict, code="not_charged_back", title="There is nothing to restore"):
    """
    The bank did not take this payment back, or has given it back already.
    """


class NotReversible(Conflict, code="not_reversible", title="This payment cannot be taken back"):
    """
    It did not succeed, or nothing of it is left with us.
    """


def charge_back(
    session: Session, *, payment_id: str, reason: str, partner_ids: frozenset[str] | None, now: datetime
) -> Chargeback:
    """
    Book that the bank took the payment back, all that did not go back before.

    :raises NotFound: if there is no such payment among *partner_ids* (None: all)
    :raises NotReversible: if it did not succeed, or all of it went back
    :raises Invalid: if no reason is given
    """
    payment, account = lock_for_staff(session, payment_id, partner_ids)
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(FieldError("#/reason", "required", "Say why, in at most 500 letters."))
    amount = payment.amount_minor - promised(session, payment.id)
    opening = payment.purpose is Purpose.OPENING  # no bank has to do with it
    if payment.status is not Status.SUCCEEDED or amount <= 0 or opening:
        raise NotReversible
    before = account.balance.minor
    freed = take_back(session, account, payment, amount=amount - payment.left_minor, now=now)
    payment.left_minor -= amount
    payment.status = Status.REVERSED
    found = _chargeback(payment, amount, reason.strip(), freed, now=now)
    session.add(found)
    entries = ledger.payment_reversed(account.customer_id, payment.provider, amount)
    post(session, account, kind="payment_reversed", ref=found.id, entries=entries, now=now)
    use_credit_as_set(session, account, now=now)
    _tell(session, payment, found)
    write_audit(session, account, action="payment_reversed", target=payment.id, now=now, amount=found.amount)
    tell_balance(session, account, before=before)
    session.flush()
    return found


def restore_payment(
    session: Session, *, payment_id: str, partner_ids: frozenset[str] | None, now: datetime
) -> Payment:
    """
    Book that the bank gave the payment back: it pays the same bills again, then others, the rest is credit.

    :raises NotFound: if there is no such payment among *partner_ids* (None: all)
    :raises NotChargedBack: if it was not taken back
    """
    payment, account = lock_for_staff(session, payment_id, partner_ids)
    found = session.scalar(
        select(Chargeback).where(Chargeback.payment_id == payment.id, Chargeback.restored_at.is_(None))
    )
    if payment.status is not Status.REVERSED or found is None:
        raise NotChargedBack
    before = account.balance.minor
    payment.status, found.restored_at = Status.SUCCEEDED, now
    payment.left_minor += found.amount_minor
    entries = ledger.payment_succeeded(account.customer_id, payment.provider, found.amount_minor)
    post(session, account, kind="payment_restored", ref=found.id, entries=entries, now=now)
    _pay_again(session, account, payment, list(found.taken_from), now=now)
    write_audit(session, account, action="payment_restored", target=payment.id, now=now, amount=found.amount)
    tell_balance(session, account, before=before)
    session.flush()
    return payment


def _pay_again(
    session: Session, account: Account, payment: Payment, invoice_ids: list[str], *, now: datetime
) -> None:
    for invoice in session.scalars(
        select(Invoice).where(Invoice.id.in_(invoice_ids)).order_by(Invoice.due_on)
    ):
        allocate(session, account, source=payment, invoice=invoice, now=now)
    use_payment(session, account, payment, now=now)


def _chargeback(
    payment: Payment, amount: int, reason: str, freed: dict[str, int], *, now: datetime
) -> Chargeback:
    return Chargeback(
        id=new_id("chb"),
        payment_id=payment.id,
        customer_id=payment.customer_id,
        partner_id=payment.partner_id,
        currency=payment.currency,
        amount_minor=amount,
        reason=reason,
        taken_from=freed,
        created_at=now,
    )


def _tell(session: Session, payment: Payment, found: Chargeback) -> None:
    tell(
        session,
        facts.PaymentReversed(
            payment_id=payment.id,
            customer_id=payment.customer_id,
            partner_id=payment.partner_id,
            amount=found.amount,
            reason=found.reason,
        ),
    )
