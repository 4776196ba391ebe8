"""
Take the next payment to work on, so that no other worker does.

Taking writes the attempt and moves ``ask_at`` past the longest call: the lease. A worker that dies leaves an
attempt without an end and a payment that is due again when the lease is over.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, func, select, update
from sqlalchemy.orm import Session, lazyload

from billing.domain import order as order_rules
from billing.domain.collection import Purpose
from billing.domain.failure import PAID_OTHERWISE, TOPPED_UP
from billing.domain.payment import OPEN, Status
from billing.models import Account, Invoice, Order, Payment, PaymentAttempt
from billing.queries.top_up import running_top_up
from billing.usecases.move_order import move_order
from billing.usecases.pay_bills import under_way
from shared import clock
from shared.context import use
from shared.db import Database
from shared.money import Money

_attempts: Table = PaymentAttempt.__table__  # type: ignore[assignment]
END = (
    update(_attempts)
    .where(_attempts.c.payment_id == bindparam("payment"), _attempts.c.n == bindparam("attempt"))
    .values(ended_at=bindparam("ended_at"), result=bindparam("result"))
)
LEASE = timedelta(seconds=5.5)  # longer than the provider client's timeout, far below our recovery target

CANDIDATES = 20


@dataclass(frozen=True, kw_only=True)
class Intent:
    """
    What the provider is to be asked for, kept outside any transaction. No *token*: the provider's page.
    """

    payment_id: str
    n: int
    amount: Money
    token: str | None
    customer_ref: str
    return_url: str
    save_card: bool
    correlation_id: str | None


def claim_payment(session: Session, *, fresh: bool, worker: str, now: datetime) -> Intent | None:
    """
    Take a payment that is due: one never asked for (*fresh*), or one whose outcome is not known.
    """
    real_now = clock.real_now()
    wanted = (each for each in _due(session, fresh=fresh) if not fresh or _is_wanted(session, each, now=now))
    payment = next(wanted, None)
    if payment is None:
        return None
    payment.tries += 1
    payment.ask_at = real_now + LEASE
    session.add(PaymentAttempt(payment_id=payment.id, n=payment.tries, worker=worker, started_at=real_now))
    if payment.order_id:
        _begin(session, payment.order_id, payment, now=now)
    return Intent(
        payment_id=payment.id,
        n=payment.tries,
        amount=payment.amount,
        token=payment.method_token,
        customer_ref=payment.customer_id,
        return_url=payment.return_url,
        save_card=payment.save_card,
        correlation_id=payment.correlation_id,
    )


def is_due(db: Database, *, fresh: bool) -> bool:
    """
    Tell whether there is anything to take; looking needs no lock, and mostly there is nothing.
    """
    with db.read() as session:
        return session.scalar(LOOKS[fresh], {"now": clock.real_now()}) is not None


def end_attempt(session: Session, intent: Intent, *, result: str) -> None:
    """
    Note how an attempt ended.
    """
    values = {
        "payment": intent.payment_id,
        "attempt": intent.n,
        "ended_at": clock.real_now(),
        "result": result,
    }
    session.execute(END, values)


def _is_wanted(session: Session, payment: Payment, *, now: datetime) -> bool:
    """
    Tell whether a payment never asked for may go: for bills one at a time, and only what is open now; onto a
    balance one at a time, and not if the one it took the place of was paid after all.
    """
    if payment.purpose is Purpose.BALANCE:
        return _is_next_top_up(session, payment, now=now)
    if payment.purpose is not Purpose.BILLS:
        return True
    if under_way(session, payment.customer_id, payment.invoice_ids, besides=payment.id):
        return False  # an earlier one is just being given up
    query = select(func.coalesce(func.sum(Invoice.open_minor), 0)).where(Invoice.id.in_(payment.invoice_ids))
    owed = int(session.execute(query).scalar_one())
    if owed == 0:
        _drop(payment, PAID_OTHERWISE, now=now)
    payment.amount_minor = min(payment.amount_minor, owed) or payment.amount_minor
    return owed > 0


def _is_next_top_up(session: Session, payment: Payment, *, now: datetime) -> bool:
    if running_top_up(session, payment.customer_id, besides=payment.id):
        return False  # it is just being given up
    before = select(Payment.id).where(
        Payment.customer_id == payment.customer_id,
        Payment.purpose == Purpose.BALANCE,
        Payment.status == Status.SUCCEEDED,
        Payment.superseded,
        Payment.settled_at >= payment.created_at,
    )
    if session.scalars(before).first() is None:
        return True
    _drop(payment, TOPPED_UP, now=now)
    return False


def _drop(payment: Payment, code: str, *, now: datetime) -> None:
    payment.status, payment.failure_code = Status.CANCELLED, code
    payment.settled_at, payment.ask_at = now, None


def _begin(session: Session, order_id: str, payment: Payment, *, now: datetime) -> None:
    order = session.get_one(Order, order_id, populate_existing=True, options=[lazyload(Order.lines)])
    if order.status is order_rules.Status.PLACED:
        with use(correlation_id=payment.correlation_id):
            move_order(session, order, order_rules.Status.PAYING, now=now)


def _due(session: Session, *, fresh: bool) -> Iterator[Payment]:
    """
    Yield due payments whose account is ours now. The account is locked before the payment, as everywhere; one
    that somebody else holds is left for the next look.
    """
    now = clock.real_now()
    for payment_id, customer_id in session.execute(DUE[fresh], {"now": now}).all():
        if session.scalar(FREE, {"customer": customer_id}) is None:
            continue
        payment = session.scalar(STILL_DUE[fresh], {"now": now, "payment": payment_id})
        if payment is not None:
            yield payment


def _conditions(now: Any, *, fresh: bool) -> tuple[ColumnElement[bool], ...]:
    return (
        Payment.ask_at <= now,
        Payment.status.in_(OPEN),
        Payment.tries == 0 if fresh else Payment.tries > 0,
    )


# Asked with everything that is told, or with every payment: made once.
CONDITIONS = {fresh: _conditions(bindparam("now"), fresh=fresh) for fresh in (True, False)}
LOOKS = {fresh: select(Payment.id).where(*due).limit(1) for fresh, due in CONDITIONS.items()}
DUE = {
    fresh: select(Payment.id, Payment.customer_id).where(*due).order_by(Payment.ask_at).limit(CANDIDATES)
    for fresh, due in CONDITIONS.items()
}
FREE = (
    select(Account.customer_id)
    .where(Account.customer_id == bindparam("customer"))
    .with_for_update(skip_locked=True)
)
STILL_DUE = {
    fresh: select(Payment).where(Payment.id == bindparam("payment"), *due)
    for fresh, due in CONDITIONS.items()
}
