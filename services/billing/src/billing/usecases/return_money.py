"""
Staff gives money of a payment back, to where it came from or by hand; never more than came by it.

Without a credit note the bills it had paid are open again. Paid out by hand it is done at once; back to a
card it is promised, and ``send_refunds`` keeps the promise.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.clients.provider import OutcomeStatus, RefundOutcome
from billing.domain.payment import Status
from billing.models import Account, CreditNote, Payment, Refund
from billing.usecases.lock_account import lock_account
from billing.usecases.open_payment import PROVIDER
from billing.usecases.post import tell_balance
from billing.usecases.refund_payment import promised, refund_payment
from billing.usecases.send_refunds import settle_refund
from billing.usecases.take_back import take_back
from billing.usecases.write_audit import write_audit
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.money import Money

CARD = "card"
BY_HAND = frozenset({"cash", "bank", "other"})
LONGEST_REASON = 500


class NothingToReturn(Conflict, code="nothing_to_return", title="This cannot be given back"):
    """
    The payment did not succeed, was taken back by the bank, or all of it went back already.
    """


def return_money(
    session: Session,
    *,
    payment_id: str,
    refund_id: str,
    amount: Money,
    way: str,
    reason: str,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Refund:
    """
    Give *amount* of a payment back; the same *refund_id* again changes nothing.

    :raises NotFound: if there is no such payment among *partner_ids* (None: all)
    :raises NothingToReturn: if the payment has nothing that could go back
    :raises Invalid: if it is too much, another currency, a way the money did not come, or without a reason
    """
    payment, account = lock_for_staff(session, payment_id, partner_ids)
    known = session.get(Refund, refund_id)
    if known is not None and known.payment_id == payment.id:
        return known
    _check(session, payment, amount, way, reason)
    before = account.balance.minor
    if payment.left_minor < amount.minor:
        take_back(session, account, payment, amount=amount.minor - payment.left_minor, now=now)
    refund = pay_out(
        session,
        account,
        payment=payment,
        source=payment,
        amount=amount.minor,
        way=way,
        reason=reason.strip(),
        refund_id=refund_id,
        now=now,
    )
    write_audit(session, account, action="money_returned", target=refund.id, now=now, amount=amount, way=way)
    tell_balance(session, account, before=before)
    session.flush()
    return refund


def pay_out(
    session: Session,
    account: Account,
    *,
    payment: Payment,
    source: Payment | CreditNote,
    amount: int,
    way: str,
    reason: str,
    refund_id: str,
    now: datetime,
) -> Refund:
    """
    Send *amount* of *source* back by way of *payment*; by hand it is done with this.

    :raises NothingToReturn: if nothing is left to go back that way
    """
    refund = refund_payment(
        session,
        account,
        payment=payment,
        source=source,
        reason=reason,
        now=now,
        at_most=amount,
        refund_id=refund_id,
    )
    if refund is None:
        raise NothingToReturn
    refund.way = way
    if way != CARD:
        session.flush()
        done = RefundOutcome(status=OutcomeStatus.SUCCEEDED, external_ref="")
        settle_refund(session, refund_id=refund.id, outcome=done, now=now)
    return refund


def lock_for_staff(
    session: Session, payment_id: str, partner_ids: frozenset[str] | None
) -> tuple[Payment, Account]:
    """
    Lock the account of a payment and return both as they are now.

    :raises NotFound: if there is no such payment among *partner_ids* (None: all)
    """
    payment = session.get(Payment, payment_id)
    if payment is None or (partner_ids is not None and payment.partner_id not in partner_ids):
        raise NotFound
    account = lock_account(session, customer_id=payment.customer_id)
    session.refresh(payment)
    return payment, account


def returnable(session: Session, payment: Payment) -> Money:
    """
    Return how much of a payment could still go back.
    """
    if payment.status is not Status.SUCCEEDED:
        return Money.zero(payment.currency)
    return Money(payment.amount_minor - promised(session, payment.id), payment.currency)


def _check(session: Session, payment: Payment, amount: Money, way: str, reason: str) -> None:
    most = returnable(session, payment)
    if most.minor <= 0:
        raise NothingToReturn
    if amount.currency != payment.currency or not 0 < amount.minor <= most.minor:
        raise Invalid(FieldError("#/amount", "out_of_range", "Enter at most %(most)s.", {"most": most}))
    if way not in BY_HAND and not (way == CARD and payment.provider == PROVIDER):
        raise Invalid(FieldError("#/way", "unknown", "Choose where the money goes."))
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(FieldError("#/reason", "required", "Say why, in at most 500 letters."))
