"""
A person decides about a payment of which the provider took another amount than we asked for (fault F67).

What was paid is accepted, if it covers the order: what is too much stays as the customer's credit. Or all
of it goes back to where it came from, and the order fails as with a refused card: basket kept, to be retried.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.domain import payment as rules
from billing.domain.failure import AMOUNT_DIFFERS
from billing.domain.payment import Decision
from billing.models import Account, Order, Payment
from billing.queries.payments import acceptable
from billing.usecases.post import tell_balance
from billing.usecases.refund_payment import return_payment
from billing.usecases.settle_payment import fail, lock_payment, succeed
from billing.usecases.write_audit import write_audit
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import FieldError, Invalid, NotFound
from shared.failpoint import failpoint
from shared.money import Money

LONGEST_REASON = 500


def decide_payment(
    session: Session,
    *,
    payment_id: str,
    decision: Decision,
    reason: str,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Payment:
    """
    Do what was decided, once: the same decision again changes nothing.

    :raises NotFound: if there is no such payment among *partner_ids* (None: all)
    :raises Invalid: if no reason is given
    :raises PaymentDecided: if there is nothing to decide, or it was decided otherwise
    :raises PaymentTooLow: if what was paid cannot be accepted
    """
    payment, order, account = lock_payment(session, payment_id)
    if partner_ids is not None and payment.partner_id not in partner_ids:
        raise NotFound
    if payment.decision is decision:
        return payment
    asked = order.total if order else payment.amount
    reason, taken, before = _checked(reason), _taken(payment), account.balance.minor
    if decision is Decision.ACCEPT:
        _accept(session, account, order, payment, taken, now=now)
    else:
        _send_back(session, account, order, payment, taken, reason=reason, now=now)
    payment.decision = decision
    failpoint("billing.decide.inside")
    _tell(session, payment, asked, taken, reason=reason)
    write_audit(
        session,
        account,
        action="payment_decided",
        target=payment.id,
        now=now,
        decision=decision,
        taken=taken,
        reason=reason,
    )
    tell_balance(session, account, before=before)
    session.flush()
    return payment


def _checked(reason: str) -> str:
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid(FieldError("#/reason", "required", "Say why, in at most 500 letters."))
    return reason


def _taken(payment: Payment) -> Money:
    if not payment.undecided or payment.reported is None:
        raise rules.PaymentDecided
    return payment.reported


def _accept(
    session: Session, account: Account, order: Order | None, payment: Payment, taken: Money, *, now: datetime
) -> None:
    if not acceptable(payment, order):
        raise rules.PaymentTooLow(
            "%(taken)s was paid, %(asked)s was asked for.", params={"taken": taken, "asked": payment.amount}
        )
    payment.amount_minor = taken.minor
    succeed(session, account, order, payment, now=now)


def _send_back(
    session: Session,
    account: Account,
    order: Order | None,
    payment: Payment,
    taken: Money,
    *,
    reason: str,
    now: datetime,
) -> None:
    if payment.status in rules.OPEN:
        fail(session, account, order, payment, code=AMOUNT_DIFFERS, now=now)
    return_payment(session, account, payment=payment, taken=taken, reason=reason, now=now)


def _tell(session: Session, payment: Payment, asked: Money, taken: Money, *, reason: str) -> None:
    assert payment.decision
    tell(
        session,
        facts.PaymentDecided(
            payment_id=payment.id,
            order_id=payment.order_id,
            customer_id=payment.customer_id,
            partner_id=payment.partner_id,
            decision=payment.decision.value,
            asked=asked,
            taken=taken,
            reason=reason,
        ),
    )
