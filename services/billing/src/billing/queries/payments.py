"""Payments and saved cards as their customer sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.domain import order as orders
from billing.domain.collection import Purpose
from billing.domain.failure import Failure, in_words
from billing.domain.payment import OPEN, Status, covers, retry_until
from billing.models import Account, Invoice, Order, Payment, PaymentMethod
from billing.queries.top_up import may_try_again
from shared import clock
from shared.errors import NotFound
from shared.money import Money
from shared.texts import Text

# What the customer is told (003-15): one of three words, and one more once money went back.
LABELS = {
    Status.PENDING: "Pending",
    Status.ACTION_REQUIRED: "Pending",
    Status.SUCCEEDED: "Successful",
    Status.FAILED: "Failed",
    Status.CANCELLED: "Failed",
    Status.REFUNDED: "Refunded",
    Status.REVERSED: "Taken back by the bank",
}


@dataclass(frozen=True, kw_only=True)
class Action:
    """
    What the customer has to do: follow *url*.
    """

    kind: str
    url: str


@dataclass(frozen=True, kw_only=True)
class RetryOption:
    """
    One way to try again: a saved card, or (*source* new_card) another one.
    """

    label: str
    payment_method_id: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class Retry:
    """
    Whether and how a failed payment may be tried again.
    """

    allowed: bool
    until: datetime | None
    options: list[RetryOption] | None


@dataclass(frozen=True, kw_only=True)
class PaymentView:
    """
    A payment with what to do about it.
    """

    id: str
    order_id: str | None
    invoice_id: str | None
    invoice_ids: list[str]
    purpose: str
    status: str
    label: str
    amount: Money
    method_label: str
    action: Action | None
    failure: Failure | None
    retry: Retry | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class MethodView:
    """
    A saved card.
    """

    id: str
    label: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    default: bool


def find_payment(session: Session, *, customer_id: str, payment_id: str) -> PaymentView:
    """
    Return a payment of the customer.

    :raises NotFound: if they have no such payment
    """
    payment = session.get(Payment, payment_id)
    if payment is None or payment.customer_id != customer_id or payment.purpose is Purpose.OPENING:
        raise NotFound
    return payment_view(session, payment)


def payments_of(
    session: Session, *, customer_id: str, limit: int, before: str | None = None
) -> list[PaymentView]:
    """
    Return up to *limit* payments of the customer, newest first, older than the one with id *before*.
    """
    mine = Payment.customer_id == customer_id, Payment.purpose != Purpose.OPENING
    query = select(Payment).where(*mine)
    if before:
        query = query.where(Payment.id < before)
    rows = session.scalars(query.order_by(Payment.id.desc()).limit(limit))
    return [payment_view(session, row) for row in rows]


def acceptable(payment: Payment, order: Order | None) -> bool:
    """
    Tell whether what the provider took may be accepted: the order waits for this payment, and it is enough.

    For bills or a balance any amount of their currency is: it pays what it can.
    """
    if not payment.undecided or payment.status not in OPEN or payment.reported is None:
        return False
    if order is None:
        return payment.reported.currency == payment.currency
    return order.status in orders.UNPAID and covers(payment.reported, order.total)


def is_moving(session: Session, *, customer_id: str, payment_id: str) -> bool:
    """
    Tell whether a payment of the customer will move by itself soon.
    """
    moving = select(Payment.id).where(
        Payment.id == payment_id, Payment.customer_id == customer_id, Payment.status == Status.PENDING
    )
    return session.scalar(moving) is not None


def last_payment(session: Session, order_id: str) -> PaymentView | None:
    """
    Return the newest payment of an order, if there is one.
    """
    payment = session.scalar(_newest(order_id))
    return payment_view(session, payment) if payment else None


def payment_view(session: Session, payment: Payment) -> PaymentView:
    """
    Return how *payment* is shown.
    """
    waiting = payment.status is Status.ACTION_REQUIRED and payment.redirect_url
    failed = payment.status in (Status.FAILED, Status.CANCELLED)
    return PaymentView(
        id=payment.id,
        order_id=payment.order_id,
        invoice_id=payment.invoice_id,
        invoice_ids=list(payment.invoice_ids),
        purpose=payment.purpose.value,
        status=payment.status.value,
        label=LABELS[payment.status],
        amount=payment.amount,
        method_label=payment.method_label,
        action=Action(kind="redirect", url=payment.redirect_url or "") if waiting else None,
        failure=in_words(payment.failure_code or "") if failed else None,
        retry=_retry(session, payment) if failed else None,
        created_at=payment.created_at,
    )


def methods_of(session: Session, *, customer_id: str) -> list[MethodView]:
    """
    Return the customer's saved cards, the default first.
    """
    return [
        MethodView(
            id=card.id,
            label=card.label,
            brand=card.brand,
            last4=card.last4,
            exp_month=card.exp_month,
            exp_year=card.exp_year,
            default=card.is_default,
        )
        for card in _cards(session, customer_id)
    ]


def expects_new_method(session: Session, *, customer_id: str) -> bool:
    """
    Tell whether the customer was sent to save a card within the last hour.
    """
    account = session.get(Account, customer_id)
    until = account.card_setup_until if account else None
    return until is not None and until > clock.real_now()


def _retry(session: Session, payment: Payment) -> Retry:
    until = None
    if payment.order_id:
        allowed, until = _order_waits(session, payment, payment.order_id)
    elif payment.purpose is Purpose.BALANCE:
        allowed = may_try_again(session, payment)
    else:
        allowed = _bills_wait(session, payment)
    return Retry(allowed=allowed, until=until, options=_options(session, payment) if allowed else None)


def _order_waits(session: Session, payment: Payment, order_id: str) -> tuple[bool, datetime | None]:
    order = session.get_one(Order, order_id)
    newest = session.scalar(_newest(order_id))
    if order.status is not orders.Status.FAILED or order.failed_at is None or newest is not payment:
        return False, None
    until = retry_until(order.failed_at)
    return clock.now() <= until, until


def _bills_wait(session: Session, payment: Payment) -> bool:
    query = select(Invoice.id).where(Invoice.id.in_(payment.invoice_ids), Invoice.open_minor > 0)
    again = select(Payment.id).where(Payment.retry_of == payment.id)
    return session.scalars(query).first() is not None and session.scalars(again).first() is None


def _options(session: Session, payment: Payment) -> list[RetryOption]:
    saved = [
        RetryOption(payment_method_id=card.id, label=Text("Try %(brand)s %(last4)s again", _digits(card)))
        if card.id == payment.method_id
        else RetryOption(payment_method_id=card.id, label=Text("Use %(brand)s %(last4)s", _digits(card)))
        for card in _cards(session, payment.customer_id)
    ]
    saved.sort(key=lambda option: option.payment_method_id != payment.method_id)
    return [*saved, RetryOption(source="new_card", label=Text("Use another card"))]


def _digits(card: PaymentMethod) -> dict[str, str]:
    return {"brand": card.brand, "last4": card.last4}


def _newest(order_id: str) -> Select[tuple[Payment]]:
    return select(Payment).where(Payment.order_id == order_id).order_by(Payment.id.desc()).limit(1)


def _cards(session: Session, customer_id: str) -> Sequence[PaymentMethod]:
    query = select(PaymentMethod).where(
        PaymentMethod.customer_id == customer_id, PaymentMethod.removed_at.is_(None)
    )
    return session.scalars(query.order_by(PaymentMethod.is_default.desc(), PaymentMethod.id)).all()
