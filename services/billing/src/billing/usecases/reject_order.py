"""
A person refuses an order, with a reason the customer is shown (decision D30).

A request just ends. A paid order is credited in full and the money goes back to the card, or stays as credit.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.domain import order as rules
from billing.domain import payment as payment_rules
from billing.domain.subscription import Status
from billing.models import Account, Order, Payment
from billing.usecases.allocate import use_credit_as_set
from billing.usecases.approve_order import lock_order
from billing.usecases.credit_unused_days import bills_of
from billing.usecases.issue_credit_note import issue_credit_note, left_of
from billing.usecases.move_order import move_order
from billing.usecases.open_subscriptions import change, replaced_on, subscriptions_of
from billing.usecases.plan_next_bill import plan_next_bill
from billing.usecases.post import tell_balance
from billing.usecases.refund_payment import refund_payment
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell
from shared.contracts import billing as facts
from shared.errors import FieldError, Invalid
from shared.failpoint import failpoint
from shared.money import Money
from shared.texts import Text


class RefundTo(StrEnum):
    """
    Where the money of a refused order goes.
    """

    CARD = "card"
    BALANCE = "balance"


def reject_order(
    session: Session,
    *,
    order_id: str,
    reason: str,
    refund_to: RefundTo,
    partner_ids: frozenset[str] | None,
    now: datetime,
) -> Order:
    """
    Refuse the order and give back what was paid for it.

    :raises NotFound: if there is no such order among *partner_ids* (None: all)
    :raises OrderMoved: if it does not wait for approval
    :raises Invalid: if no reason is given
    """
    reason = reason.strip()
    if not reason or len(reason) > 500:
        raise Invalid(FieldError("#/reason", "required", "Say why, in at most 500 letters."))
    order, account = lock_order(session, order_id, partner_ids)
    if order.approval is not rules.Approval.OPEN:
        raise rules.OrderMoved(
            "Order %(number)s does not wait for approval.", params={"number": order.number}
        )
    if replaced_on(session, order.id):
        raise rules.OrderMoved("The plan was changed since. Confirm the order, then end the service.")
    before = account.balance.minor
    move_order(session, order, rules.Status.REJECTED, now=now, reason=reason)
    order.approval = rules.Approval.DONE
    why = Text("Order %(number)s was rejected", {"number": order.number})
    refund = unmake(session, account, order, why=why, refund_to=refund_to, now=now)
    _tell_rejected(session, order, refund, refund_to)
    write_audit(session, account, action="order_rejected", target=order.id, now=now, reason=reason)
    tell_balance(session, account, before=before)
    session.flush()
    failpoint("billing.reject_order.before_commit")
    return order


def unmake(
    session: Session, account: Account, order: Order, *, why: Text, refund_to: RefundTo, now: datetime
) -> Money | None:
    """
    End the order's subscriptions, credit its bills in full, and return how much that was.
    """
    for subscription in subscriptions_of(session, order.id):
        subscription.on_approve = False
        subscription.charged_through = None
        change(session, subscription, status=Status.DISABLED, starts_on=subscription.starts_on)
    plan_next_bill(session, account)
    return _give_back(session, account, order, refund_to, why=why, now=now)


def _give_back(
    session: Session, account: Account, order: Order, refund_to: RefundTo, *, why: Text, now: datetime
) -> Money | None:
    total = Money.zero(order.currency)
    for invoice, lines in bills_of(session, order):
        today = clock.local_date(now, account.timezone)
        cuts = left_of(lines)
        if not cuts:
            continue
        note = issue_credit_note(session, account, invoice, cuts, reason=why, on=today, now=now)
        payment = _payment(session, order) if invoice.order_id == order.id else None
        if payment and refund_to is RefundTo.CARD:
            refund_payment(session, account, payment=payment, source=note, reason=why, now=now)
        total = total + note.total
    use_credit_as_set(session, account, now=now)
    return total if total.minor else None


def _payment(session: Session, order: Order) -> Payment | None:
    return session.scalar(
        select(Payment).where(
            Payment.order_id == order.id,
            Payment.status == payment_rules.Status.SUCCEEDED,
            Payment.invoice_id.is_not(None),
        )
    )


def _tell_rejected(session: Session, order: Order, refund: Money | None, refund_to: RefundTo) -> None:
    tell(
        session,
        facts.OrderRejected(
            order_id=order.id,
            number=order.number,
            customer_id=order.customer_id,
            partner_id=order.partner_id,
            version=order.version,
            reason=order.reason or "",
            refund=refund,
            # What was never paid is credited, whatever was chosen.
            refund_to=(refund_to if order.paid_at else RefundTo.BALANCE).value if refund else "",
        ),
    )
