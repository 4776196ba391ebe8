"""Plan changes of one subscription, offered ones too, and of many at once."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.domain.change import BulkStatus, ChangeStatus, ItemStatus
from billing.domain.offer import OfferStatus
from billing.models.base import Record, minor
from shared.db import ID, Instant, choice

BOOKED = text("status = 'booked'")
WAITING = text("status = 'waiting'")


class PlanChange(Record):
    """
    A subscription moves to another plan on *effective_on*; it can be withdrawn until *effective_at*.

    Nothing is charged or written anywhere else before it is applied. *terms* keeps what staff decided
    differently (fee, refund, reason, ignore_balance). *source*: portal, admin, request or bulk.
    """

    __tablename__ = "plan_changes"
    __table_args__ = (
        Index(
            "uq_plan_changes_booked",
            "subscription_id",
            unique=True,
            sqlite_where=BOOKED,
            postgresql_where=BOOKED,
        ),
        Index("ix_plan_changes_due", "status", "effective_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID)
    version: Mapped[int] = mapped_column(Integer, default=1)
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    from_plan_id: Mapped[str] = mapped_column(ID)
    to_plan_id: Mapped[str] = mapped_column(ID)
    to_plan_version: Mapped[int] = mapped_column(Integer)
    to_name: Mapped[str] = mapped_column(String(200))
    quote_id: Mapped[str] = mapped_column(ID, unique=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    effective_on: Mapped[date] = mapped_column(Date)
    effective_at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[ChangeStatus] = mapped_column(choice(ChangeStatus))
    source: Mapped[str] = mapped_column(String(20))
    ticket_id: Mapped[str | None] = mapped_column(ID)
    bulk_id: Mapped[str | None] = mapped_column(ID, index=True)
    payment_method_id: Mapped[str | None] = mapped_column(ID)
    terms: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    actor: Mapped[str] = mapped_column(String(80))
    new_subscription_id: Mapped[str | None] = mapped_column(ID)
    invoice_id: Mapped[str | None] = mapped_column(ID)
    failure_code: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(Instant)
    applied_at: Mapped[datetime | None] = mapped_column(Instant)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Instant)


class PlanChangeOffer(Record):
    """
    A quoted change that waits for its customer's consent until *expires_at*; *change_id* is what came of it.
    """

    __tablename__ = "plan_change_offers"
    __table_args__ = (
        Index(
            "uq_plan_change_offers_waiting",
            "subscription_id",
            unique=True,
            sqlite_where=WAITING,
            postgresql_where=WAITING,
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID)
    version: Mapped[int] = mapped_column(Integer, default=1)
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    from_name: Mapped[str] = mapped_column(String(200))
    to_name: Mapped[str] = mapped_column(String(200))
    starts_on: Mapped[date] = mapped_column(Date)
    quote_id: Mapped[str] = mapped_column(ID)
    status: Mapped[OfferStatus] = mapped_column(choice(OfferStatus))
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    change_id: Mapped[str | None] = mapped_column(ID)


class BulkChange(Record):
    """
    Everybody on one plan is moved to another: previewed, confirmed, worked through row by row.
    """

    __tablename__ = "bulk_changes"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    partner_id: Mapped[str | None] = mapped_column(ID)
    from_plan_id: Mapped[str] = mapped_column(ID)
    to_plan_id: Mapped[str] = mapped_column(ID)
    effective_on: Mapped[date] = mapped_column(Date)
    ignore_balance: Mapped[bool] = mapped_column(Boolean)
    status: Mapped[BulkStatus] = mapped_column(choice(BulkStatus), index=True)
    actor: Mapped[str] = mapped_column(String(80))
    total: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class BulkChangeItem(Record):
    """
    One subscription of a bulk change: what it would cost, and what became of it.
    """

    __tablename__ = "bulk_change_items"
    __table_args__ = (Index("ix_bulk_change_items_waiting", "bulk_id", "status"),)

    bulk_id: Mapped[str] = mapped_column(ForeignKey("bulk_changes.id"), primary_key=True)
    subscription_id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID)
    status: Mapped[ItemStatus] = mapped_column(choice(ItemStatus))
    price_now_minor: Mapped[int] = minor(default=0)
    price_after_minor: Mapped[int] = minor(default=0)
    refund_minor: Mapped[int] = minor(default=0)
    fee_minor: Mapped[int] = minor(default=0)
    charge_minor: Mapped[int] = minor(default=0)
    refusal: Mapped[str | None] = mapped_column(String(60))
    change_id: Mapped[str | None] = mapped_column(ID)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(String(500))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
