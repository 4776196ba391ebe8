"""Quotes and orders, with their lines."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from billing.domain.order import Approval, Mode, Status
from billing.models.base import Priced, Record, currency, minor
from shared.db import ID, Instant, choice
from shared.money import Money


class Totals:
    """
    What quotes and orders add up to, and what follows every *then_months* months or *then_days* days.
    """

    currency: Mapped[str] = currency()
    total_minor: Mapped[int] = minor()
    tax_minor: Mapped[int] = minor()
    then_minor: Mapped[int | None] = mapped_column(BigInteger)
    then_months: Mapped[int | None] = mapped_column(Integer)
    then_days: Mapped[int] = mapped_column(Integer, default=0)
    then_from_on: Mapped[date | None] = mapped_column(Date)
    starts_on: Mapped[date] = mapped_column(Date)

    @property
    def total(self) -> Money:
        """
        What is due now.
        """
        return Money(self.total_minor, self.currency)


class Quote(Totals, Record):
    """
    A price held for 15 minutes; *order_id* or *change_id* is set once it was used.

    For a plan change: which subscription moves to which plan and when, the *fingerprint* of everything the
    price depends on, and *details* a screen shows (credit to the balance, what the next bill will be).
    """

    __tablename__ = "quotes"
    __table_args__ = (Index("uq_quotes_change_id", "change_id", unique=True),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID)
    billing_type: Mapped[str] = mapped_column(String(20))
    timezone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    order_id: Mapped[str | None] = mapped_column(ID, unique=True)
    change_id: Mapped[str | None] = mapped_column(ID)
    subscription_id: Mapped[str | None] = mapped_column(ID)
    to_plan_id: Mapped[str | None] = mapped_column(ID)
    to_plan_version: Mapped[int | None] = mapped_column(Integer)
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    lines: Mapped[list["QuoteLine"]] = relationship(order_by="QuoteLine.position", lazy="selectin")


class QuoteLine(Priced, Record):
    """
    A line of a quote.
    """

    __tablename__ = "quote_lines"

    quote_id: Mapped[str] = mapped_column(ForeignKey("quotes.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)


class Order(Totals, Record):
    """
    What a customer ordered, and how far it is.

    *expires_at* is business time; *paid_at* when the money came; *confirmed_start_on* what a person confirmed
    at approval, with *credit_minor* for *credited_days* before it. *preferred_start_on* is what the customer
    wished for, *terms_version* and *terms_url* what they were shown and agreed to by ordering.
    """

    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    number: Mapped[int] = mapped_column(Integer, unique=True)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID, index=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    mode: Mapped[Mode] = mapped_column(choice(Mode))
    status: Mapped[Status] = mapped_column(choice(Status), index=True)
    approval: Mapped[Approval | None] = mapped_column(choice(Approval))
    channel: Mapped[str | None] = mapped_column(String(20))
    send_to: Mapped[str | None] = mapped_column(String(254))
    quote_id: Mapped[str] = mapped_column(ID, unique=True)
    ticket_id: Mapped[str | None] = mapped_column(ID)
    ticket_number: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    failed_at: Mapped[datetime | None] = mapped_column(Instant)
    paid_at: Mapped[datetime | None] = mapped_column(Instant)
    approved_at: Mapped[datetime | None] = mapped_column(Instant)
    confirmed_start_on: Mapped[date | None] = mapped_column(Date)
    preferred_start_on: Mapped[date | None] = mapped_column(Date)
    terms_version: Mapped[str | None] = mapped_column(String(60))
    terms_url: Mapped[str | None] = mapped_column(String(500))
    credit_minor: Mapped[int] = minor(default=0)
    credited_days: Mapped[int] = mapped_column(Integer, default=0)

    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.position", lazy="selectin")


class OrderLine(Priced, Record):
    """
    A line of an order, as quoted.
    """

    __tablename__ = "order_lines"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)


class OrderEvent(Record):
    """
    One step of an order, for its timeline.
    """

    __tablename__ = "order_events"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    old: Mapped[str | None] = mapped_column(String(20))
    new: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(String(500))
