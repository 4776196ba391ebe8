"""
Payments, refunds, saved cards and the provider's notices.

*ask_at* is real time and says when a worker takes a row next. Taking it moves *ask_at* into the future (the
lease), so a worker that dies leaves a row another one takes; empty means there is nothing to do.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Date, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.domain.collection import Purpose
from billing.domain.document import RefundStatus
from billing.domain.payment import Decision, Status
from billing.domain.reason import reason_of
from billing.models.base import Record, currency, minor
from shared.db import ID, Instant, choice
from shared.money import Money

OPEN = text("status IN ('pending', 'action_required')")


class Payment(Record):
    """
    One try to get money; its id is the provider's reference. *left_minor* is what no document has used yet;
    *parked* says why a person has to look, *reported* what the provider says it took instead, *decision* what
    came of it; *correlation_id* is of the request that began it.

    For an order, or for the bills *invoice_ids* (*invoice_id* is the first one paid). An *automatic* one that
    fails is tried again on *retry_on*; *tried_from_on* is the day of the first of these tries, *round* counts
    them; a *superseded* one is given up for another. What staff records (*provider* cash, bank or other) has
    a day, a number, a payer and a comment.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("provider", "external_ref"),
        Index("ix_payments_status", "status", "customer_id"),
        Index("uq_payments_open", "order_id", unique=True, sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    order_id: Mapped[str | None] = mapped_column(ID, index=True)
    purpose: Mapped[Purpose] = mapped_column(choice(Purpose), default=Purpose.ORDER)
    invoice_id: Mapped[str | None] = mapped_column(ID)
    invoice_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID, index=True)
    currency: Mapped[str] = currency()
    amount_minor: Mapped[int] = minor()
    left_minor: Mapped[int] = minor(default=0)
    status: Mapped[Status] = mapped_column(choice(Status))
    method_id: Mapped[str | None] = mapped_column(ID)
    method_token: Mapped[str | None] = mapped_column(String(200))
    method_label: Mapped[str] = mapped_column(String(80))
    save_card: Mapped[bool] = mapped_column(Boolean, default=False)
    return_url: Mapped[str] = mapped_column(String(1000))
    redirect_url: Mapped[str | None] = mapped_column(String(1000))
    provider: Mapped[str] = mapped_column(String(20))
    external_ref: Mapped[str | None] = mapped_column(String(100))
    failure_code: Mapped[str | None] = mapped_column(String(60))
    retry_of: Mapped[str | None] = mapped_column(ID)
    parked: Mapped[str | None] = mapped_column(String(200))
    reported_minor: Mapped[int | None] = mapped_column(BigInteger)
    reported_currency: Mapped[str | None] = mapped_column(String(3))
    decision: Mapped[Decision | None] = mapped_column(choice(Decision))
    correlation_id: Mapped[str | None] = mapped_column(String(80))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    ask_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    superseded: Mapped[bool] = mapped_column(Boolean, default=False)
    automatic: Mapped[bool] = mapped_column(Boolean, default=False)
    round: Mapped[int] = mapped_column(Integer, default=1)
    tried_from_on: Mapped[date | None] = mapped_column(Date)
    retry_on: Mapped[date | None] = mapped_column(Date, index=True)
    received_on: Mapped[date | None] = mapped_column(Date)
    receipt_number: Mapped[str | None] = mapped_column(String(60))
    payer: Mapped[str | None] = mapped_column(String(120))
    comment: Mapped[str | None] = mapped_column(String(500))

    @property
    def amount(self) -> Money:
        """
        What is to be paid.
        """
        return Money(self.amount_minor, self.currency)

    @property
    def left(self) -> Money:
        """
        What no document has used yet.
        """
        return Money(self.left_minor, self.currency)

    @property
    def reported(self) -> Money | None:
        """
        What the provider says it took, where that is not what was asked.
        """
        if self.reported_minor is None or self.reported_currency is None:
            return None
        return Money(self.reported_minor, self.reported_currency)

    @property
    def undecided(self) -> bool:
        """
        Whether a person has to decide about it.
        """
        return self.parked is not None and self.decision is None


class PaymentAttempt(Record):
    """
    One call to the provider: *result* stays empty when the process died before the answer.
    """

    __tablename__ = "payment_attempts"

    payment_id: Mapped[str] = mapped_column(ID, primary_key=True)
    n: Mapped[int] = mapped_column(Integer, primary_key=True)
    worker: Mapped[str] = mapped_column(String(80))
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    result: Mapped[str | None] = mapped_column(String(80))


class Refund(Record):
    """
    Money on its way back; its id is the provider's key. *way* is the card, or how staff paid it out.
    """

    __tablename__ = "refunds"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    payment_id: Mapped[str] = mapped_column(ID, index=True)
    order_id: Mapped[str | None] = mapped_column(ID, index=True)
    credit_note_id: Mapped[str | None] = mapped_column(ID)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID)
    currency: Mapped[str] = currency()
    amount_minor: Mapped[int] = minor()
    way: Mapped[str] = mapped_column(String(20), default="card")
    status: Mapped[RefundStatus] = mapped_column(choice(RefundStatus), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    because: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    external_ref: Mapped[str | None] = mapped_column(String(100))
    failure_code: Mapped[str | None] = mapped_column(String(60))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    ask_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def amount(self) -> Money:
        """
        What goes back.
        """
        return Money(self.amount_minor, self.currency)

    @property
    def why(self) -> str:
        """
        The reason, to be said to its reader; what a person wrote is as they wrote it.
        """
        return reason_of(self.reason, self.because)


class Chargeback(Record):
    """
    Money a bank took back; *taken_from* are the bills it had paid, restored when the bank gives in.
    """

    __tablename__ = "chargebacks"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    payment_id: Mapped[str] = mapped_column(ID, index=True)
    customer_id: Mapped[str] = mapped_column(ID)
    partner_id: Mapped[str] = mapped_column(ID)
    currency: Mapped[str] = currency()
    amount_minor: Mapped[int] = minor()
    reason: Mapped[str] = mapped_column(String(500))
    taken_from: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    restored_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def amount(self) -> Money:
        """
        What was taken back.
        """
        return Money(self.amount_minor, self.currency)


class PaymentMethod(Record):
    """
    A card saved at the provider; *token* is no card data.
    """

    __tablename__ = "payment_methods"
    __table_args__ = (UniqueConstraint("customer_id", "provider", "token"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID)
    provider: Mapped[str] = mapped_column(String(20))
    token: Mapped[str] = mapped_column(String(200))
    brand: Mapped[str] = mapped_column(String(20))
    last4: Mapped[str] = mapped_column(String(4))
    exp_month: Mapped[int] = mapped_column(Integer)
    exp_year: Mapped[int] = mapped_column(Integer)
    is_default: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def label(self) -> str:
        """
        How screens name it.
        """
        return f"{self.brand} ending {self.last4}"

    def works(self, now: datetime) -> bool:
        """
        Tell whether its last month is not over.
        """
        return (self.exp_year, self.exp_month) >= (now.year, now.month)


class WebhookReceipt(Record):
    """
    A notice the provider sent; stored first, worked on after.
    """

    __tablename__ = "webhook_receipts"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    type: Mapped[str] = mapped_column(String(80))
    reference: Mapped[str | None] = mapped_column(String(80))
    customer_ref: Mapped[str | None] = mapped_column(String(80))
    received_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    ask_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    result: Mapped[str | None] = mapped_column(String(80))
