"""
Record what the provider says about a payment: the one place where money becomes an active order.

Everything an answer changes is one transaction. It does not matter whether the answer comes from the call, a
webhook or the janitor, how often, or in which order (docs/algorithms/orders.md).
"""

from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from billing.clients.provider import Outcome
from billing.domain import ledger
from billing.domain import order as order_rules
from billing.domain import payment as rules
from billing.domain.payment import Effect, Status
from billing.models import Account, Invoice, Order, Payment
from billing.queries.settings import settings_of
from billing.usecases.activate_order import activate_order
from billing.usecases.approve_paid_order import approve_paid_order
from billing.usecases.lock_account import lock_account
from billing.usecases.move_order import move_order
from billing.usecases.post import post, tell_balance
from billing.usecases.refund_payment import refund_payment
from billing.usecases.use_payment import plan_retry, use_payment
from billing.usecases.write_audit import write_audit
from shared import clock
from shared.bus.outbox import tell, told_together
from shared.contracts import billing as facts
from shared.errors import NotFound
from shared.failpoint import failpoint
from shared.money import Money
from shared.texts import Text

OWNER = select(Payment.customer_id).where(Payment.id == bindparam("payment"))  # made once

log = structlog.get_logger(__name__)


def settle_payment(session: Session, *, payment_id: str, outcome: Outcome, now: datetime) -> Payment:
    """
    Bring the payment, and with it the order, to where *outcome* says they are; asking twice changes nothing.

    :raises NotFound: if there is no such payment
    """
    # Everything is read by id or locked, so one write at the end is enough, of what is told as well.
    with session.no_autoflush, told_together(session):
        return _settle(session, payment_id, outcome, now=now)


def lock_payment(session: Session, payment_id: str) -> tuple[Payment, Order | None, Account]:
    """
    Lock the account of a payment, then read the payment and its order, if it has one, as they are now.

    :raises NotFound: if there is no such payment
    """
    owner = session.scalar(OWNER, {"payment": payment_id})
    if owner is None:
        raise NotFound
    account = lock_account(session, customer_id=owner)
    payment = session.get_one(Payment, payment_id, populate_existing=True)
    order_id = payment.order_id
    order = session.get_one(Order, order_id, populate_existing=True) if order_id else None
    return payment, order, account


def ask_again(payment: Payment) -> None:
    """
    Put an open payment on the next rung of the ladder.
    """
    payment.ask_at = clock.real_now() + rules.wait_after(max(payment.tries, 1))


def close(payment: Payment, status: Status, *, now: datetime, code: str | None = None) -> None:
    """
    End a payment: nobody asks about it any more.
    """
    payment.status, payment.failure_code = status, code
    payment.settled_at, payment.ask_at, payment.redirect_url = now, None, None


def tell_failed(session: Session, payment: Payment, *, payable_until: date | None = None) -> None:
    """
    Tell the others that no money was taken, and through which day its order can be paid again.
    """
    tell(
        session,
        facts.PaymentFailed(
            payment_id=payment.id,
            order_id=payment.order_id,
            customer_id=payment.customer_id,
            partner_id=payment.partner_id,
            amount=payment.amount,
            code=payment.failure_code or "processing_error",
            method_label=payment.method_label,
            automatic=payment.automatic,
            superseded=payment.superseded,
            retry_on=payment.retry_on,
            payable_until=payable_until,
            purpose=payment.purpose.value,
            mail=settings_of(session, session.get_one(Account, payment.customer_id)).mail_payments,
        ),
    )


def succeed(
    session: Session, account: Account, order: Order | None, payment: Payment, *, now: datetime
) -> None:
    """
    Take the payment's amount into the books, and make its order active or pay its bills.
    """
    _book(session, account, payment, now=now)
    invoice = _use(session, account, order, payment, now=now)
    _tell_succeeded(session, payment, invoice, now=now)
    if order:
        approve_paid_order(session, account, order, now=now)
    write_audit(
        session, account, action="payment_succeeded", target=payment.id, now=now, amount=payment.amount
    )


def fail(
    session: Session, account: Account, order: Order | None, payment: Payment, *, code: str, now: datetime
) -> None:
    """
    End the payment without money; its order may be paid again, its bills are open still.
    """
    close(payment, Status.FAILED, now=now, code=code)
    if order:
        order.failed_at = now
        move_order(session, order, order_rules.Status.FAILED, now=now)
    plan_retry(session, account, payment, now=now)
    until = clock.local_date(rules.retry_until(now), account.timezone) if order else None
    tell_failed(session, payment, payable_until=until)
    write_audit(session, account, action="payment_failed", target=payment.id, now=now, code=code)


def _settle(session: Session, payment_id: str, outcome: Outcome, *, now: datetime) -> Payment:
    payment, order, account = lock_payment(session, payment_id)
    before = account.balance.minor
    if payment.parked:
        return payment  # a person decides; nothing more is booked by itself
    reported = Status(outcome.status.value)
    effect = rules.weigh(payment.status, reported)
    if effect is not Effect.NONE and reported is Status.SUCCEEDED and outcome.amount != payment.amount:
        _park(session, account, payment, outcome.amount, now=now)
        return payment
    payment.external_ref = payment.external_ref or outcome.external_ref or None
    payment.method_label = outcome.method_label or payment.method_label
    if effect is Effect.LATE:
        _take_and_return(session, account, order, payment, now=now)
    elif effect is Effect.MOVES:
        _move(session, account, order, payment, outcome, now=now)
    failpoint("billing.settle.inside")
    if payment.status in rules.OPEN:
        payment.redirect_url = outcome.redirect_url or payment.redirect_url
        ask_again(payment)
    tell_balance(session, account, before=before)
    session.flush()
    return payment


def _move(
    session: Session,
    account: Account,
    order: Order | None,
    payment: Payment,
    outcome: Outcome,
    *,
    now: datetime,
) -> None:
    status = Status(outcome.status.value)
    if status is Status.SUCCEEDED:
        succeed(session, account, order, payment, now=now)
    elif status is Status.FAILED:
        code = outcome.failure_code or "processing_error"
        fail(session, account, order, payment, code=code, now=now)
    else:
        payment.status = status
        if order:
            _wait(session, account, order, status, now=now)


def _tell_succeeded(session: Session, payment: Payment, invoice: Invoice | None, *, now: datetime) -> None:
    tell(
        session,
        facts.PaymentSucceeded(
            payment_id=payment.id,
            order_id=payment.order_id,
            customer_id=payment.customer_id,
            partner_id=payment.partner_id,
            amount=payment.amount,
            paid_at=now,
            method_label=payment.method_label,
            invoice_number=invoice.number if invoice else None,
            purpose=payment.purpose.value,
        ),
    )


def _use(
    session: Session, account: Account, order: Order | None, payment: Payment, *, now: datetime
) -> Invoice | None:
    if order:
        return activate_order(session, account, order, payment=payment, now=now)
    paid = use_payment(session, account, payment, now=now)
    return paid[0] if paid else None


def _book(session: Session, account: Account, payment: Payment, *, now: datetime) -> None:
    close(payment, Status.SUCCEEDED, now=now)
    payment.left_minor, payment.retry_on = payment.amount_minor, None
    payment.received_on = clock.local_date(now, account.timezone)
    entries = ledger.payment_succeeded(account.customer_id, payment.provider, payment.amount_minor)
    post(session, account, kind="payment_succeeded", ref=payment.id, entries=entries, now=now)


def _wait(session: Session, account: Account, order: Order, status: Status, *, now: datetime) -> None:
    if status is Status.ACTION_REQUIRED:
        soon = now + order_rules.CUSTOMER_ACTION_FOR
        order.expires_at = min(order.expires_at or soon, soon)
        move_order(session, order, order_rules.Status.ACTION_REQUIRED, now=now)
    else:
        hours = settings_of(session, account).unpaid_hours
        order.expires_at = order.created_at + timedelta(hours=hours)
        move_order(session, order, order_rules.Status.PAYING, now=now)


def _take_and_return(
    session: Session, account: Account, order: Order | None, payment: Payment, *, now: datetime
) -> None:
    log.warning("late_payment", payment_id=payment.id, order_id=payment.order_id)
    _book(session, account, payment, now=now)
    reason = Text("The money arrived after the payment was given up.")
    if order:
        params = order_rules.standing(order.number, order.status)
        reason = Text("The money arrived after order %(number)s was %(state)s.", params)
    elif paid := use_payment(session, account, payment, others=False, now=now):
        _tell_succeeded(session, payment, paid[0], now=now)
    refund_payment(session, account, payment=payment, source=payment, reason=reason, now=now)
    write_audit(session, account, action="late_payment_returned", target=payment.id, now=now)


def _park(session: Session, account: Account, payment: Payment, amount: Money, *, now: datetime) -> None:
    why = f"provider says {amount}"
    log.error("payment_parked", payment_id=payment.id, why=why)
    payment.parked, payment.ask_at = why, None
    payment.reported_minor, payment.reported_currency = amount.minor, amount.currency
    write_audit(session, account, action="payment_parked", target=payment.id, now=now, why=why)
