"""
What the gateway keeps: sessions, baskets, settings, its own copies of a few facts, and what it streams.

No money state: an amount in here is one remembered to be compared or shown.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from portal_gateway.domain.portal_settings import ChangeMode, Channel
from portal_gateway.domain.session import Kind
from shared import db
from shared.bus.inbox import InboxRow
from shared.bus.outbox import OutboxRow
from shared.db import ID, Instant
from shared.web.idempotency import IdempotencyRow
from shared.web.ratelimit import RateHitRow
from shared.web.sessions import RevokedSessionRow, StaffHandoffRow

SECRET_HASH = String(64)  # SHA-256 in hex: whoever reads the table cannot sign in with it


class Record(DeclarativeBase):
    """
    The tables of this service.
    """

    metadata = db.metadata()


class Outbox(OutboxRow, Record):
    """
    Facts to send.
    """


class Inbox(InboxRow, Record):
    """
    Facts heard.
    """


class Idempotency(IdempotencyRow, Record):
    """
    Answers already given, by key.
    """


class RevokedSession(RevokedSessionRow, Record):
    """
    Staff sessions that ended.
    """


class StaffHandoff(StaffHandoffRow, Record):
    """
    Staff sign-on codes already used.
    """


class RateHit(RateHitRow, Record):
    """
    Tries, for the limits.
    """


class PortalSession(Record):
    """
    One signed-in device; its secrets are kept as hashes. *must_choose*: its password has to be replaced.
    """

    __tablename__ = "portal_session"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[Kind] = mapped_column(db.choice(Kind))
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID)
    secret_hash: Mapped[str] = mapped_column(SECRET_HASH, unique=True)
    refresh_hash: Mapped[str | None] = mapped_column(SECRET_HASH, unique=True)
    spent_refresh_hash: Mapped[str | None] = mapped_column(SECRET_HASH, index=True)
    csrf_secret: Mapped[str] = mapped_column(String(64))
    stay_signed_in: Mapped[bool]
    must_choose: Mapped[bool] = mapped_column(default=False)
    device: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    access_ends_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Basket(Record):
    """
    What a customer wishes to order; *order_id* is what it became while that is not decided yet.

    *quote* is the price as it was last shown, *checked* marks what was known of plans and customer when it
    was seen that they may order it. *sent_quote_id* was given to billing to be ordered; without an answer, it
    may have become an order nobody has heard of.
    """

    __tablename__ = "basket"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, unique=True)
    partner_id: Mapped[str] = mapped_column(ID)
    version: Mapped[int] = mapped_column(Integer)
    quote_id: Mapped[str | None] = mapped_column(ID)
    quote_ends_at: Mapped[datetime | None] = mapped_column(Instant)
    quote: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    checked: Mapped[str | None] = mapped_column(String(60))
    sent_quote_id: Mapped[str | None] = mapped_column(ID)
    order_id: Mapped[str | None] = mapped_column(ID, index=True)
    changed_at: Mapped[datetime] = mapped_column(Instant, index=True)
    items: Mapped[list["BasketItem"]] = relationship(
        cascade="all, delete-orphan", order_by="BasketItem.id", lazy="selectin"
    )


class BasketItem(Record):
    """
    One wished-for plan, with the version and price it had when it was put in.
    """

    __tablename__ = "basket_item"
    __table_args__ = (UniqueConstraint("basket_id", "plan_id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    basket_id: Mapped[str] = mapped_column(ForeignKey("basket.id", ondelete="CASCADE"))
    plan_id: Mapped[str] = mapped_column(ID)
    plan_version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int] = mapped_column(Integer)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    interval_months: Mapped[int] = mapped_column(Integer)


class PortalSettings(Record):
    """
    What one partner set about its portal; None is inherited from Default.
    """

    __tablename__ = "portal_settings"

    partner_id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    menu_services: Mapped[bool | None]
    menu_bills: Mapped[bool | None]
    menu_support: Mapped[bool | None]
    ordering_enabled: Mapped[bool | None]
    accept_payment: Mapped[bool | None]
    order_channel: Mapped[Channel | None] = mapped_column(db.choice(Channel))
    order_email: Mapped[str | None] = mapped_column(String(254))
    internet_change: Mapped[ChangeMode | None] = mapped_column(db.choice(ChangeMode))
    voice_change: Mapped[ChangeMode | None] = mapped_column(db.choice(ChangeMode))
    recurring_change: Mapped[ChangeMode | None] = mapped_column(db.choice(ChangeMode))
    may_pause: Mapped[bool | None]
    pause_notice_days: Mapped[int | None] = mapped_column(Integer)
    longest_pause_days: Mapped[int | None] = mapped_column(Integer)
    pauses_a_year: Mapped[int | None] = mapped_column(Integer)
    may_cancel: Mapped[bool | None]
    cancel_notice_days: Mapped[int | None] = mapped_column(Integer)
    equipment_note: Mapped[str | None] = mapped_column(String(500))
    front_ends: Mapped[str | None] = mapped_column(String(2000))
    terms_url: Mapped[str | None] = mapped_column(String(500))
    terms_version: Mapped[str | None] = mapped_column(String(60))


class PartnerCopy(Record):
    """
    What customers told about a provider brand.
    """

    __tablename__ = "partner_copy"

    partner_id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200))
    hue: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(64))
    languages: Mapped[list[str]] = mapped_column(JSON)
    help_phone: Mapped[str] = mapped_column(String(64))
    help_email: Mapped[str] = mapped_column(String(254))
    is_default: Mapped[bool]


class CustomerCopy(Record):
    """
    What customers told about a customer: enough to greet them when customers does not answer.

    *has_email*: whether mail about orders and payments reaches them.
    """

    __tablename__ = "customer_copy"

    customer_id: Mapped[str] = mapped_column(ID, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ID, index=True)
    version: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    full_name: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20))
    billing_type: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(10))
    has_email: Mapped[bool] = mapped_column(default=True)
    heard_at: Mapped[datetime] = mapped_column(Instant)


class LatePayer(Record):
    """
    Billing's last word about a customer who paid late: *state* is clear, blocked or inactive.
    """

    __tablename__ = "late_payer"

    customer_id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(20))
    owed_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    due_since: Mapped[date | None] = mapped_column(Date)


class PlanVersion(Record):
    """
    The newest version heard of each plan: when one moves, remembered product lists are old.
    """

    __tablename__ = "plan_version"

    plan_id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)


class LiveEvent(Record):
    """
    What happened to a customer, in the order the portal streams it; the number is the Last-Event-ID.
    """

    __tablename__ = "live_event"
    __table_args__ = (Index("ix_live_event_customer_id_number", "customer_id", "number"),)

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    event_id: Mapped[str] = mapped_column(ID, unique=True)
    customer_id: Mapped[str] = mapped_column(ID)
    partner_id: Mapped[str] = mapped_column(ID)
    name: Mapped[str] = mapped_column(String(40))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
