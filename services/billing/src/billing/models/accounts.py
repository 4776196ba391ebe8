"""The billing account (the one row every money command locks) and what a customer holds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.domain.dunning import Dunning
from billing.domain.subscription import PauseReason, Status
from billing.models.base import Record, currency, minor
from shared.db import ID, Instant, choice
from shared.money import Money


class Account(Record):
    """
    One customer's money. *credit_minor* and *owed_minor* are caches of the journal, checked against it.

    *own_settings* are this customer's own values (``domain/settings.py``), *billing_day* is the anchor.
    *next_bill_on* is when a billing run looks here next (None: never), *dunning_next_on* when dunning does,
    *remind_next_on* when the next reminder comes;
    *dunning* and *steps_told* are what was last told. A person's word, heard up to *status_version* of the
    customer, is lifted by a person only: *blocked_manually*, *inactive_manually*, and *excused_on*, up to
    which late bills do not count.
    *prepaid_inactive_on*: the day the customer became inactive because no credit paid for any service.
    """

    __tablename__ = "billing_accounts"
    __table_args__ = (
        Index("ix_billing_accounts_due", "partner_id", "next_bill_on"),
        Index("ix_billing_accounts_dunning", "dunning_next_on"),
        Index("ix_billing_accounts_remind", "remind_next_on"),
    )

    customer_id: Mapped[str] = mapped_column(ID, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ID, index=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    currency: Mapped[str] = currency()
    timezone: Mapped[str] = mapped_column(String(64))
    billing_type: Mapped[str] = mapped_column(String(20))
    billing_day: Mapped[int] = mapped_column(Integer, default=1)
    own_settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    next_bill_on: Mapped[date | None] = mapped_column(Date)
    dunning: Mapped[Dunning] = mapped_column(choice(Dunning), default=Dunning.CLEAR)
    dunning_since_on: Mapped[date | None] = mapped_column(Date)
    dunning_next_on: Mapped[date | None] = mapped_column(Date)
    remind_next_on: Mapped[date | None] = mapped_column(Date)
    steps_told: Mapped[str] = mapped_column(String(200), default="")
    blocked_manually: Mapped[bool] = mapped_column(Boolean, default=False)
    prepaid_inactive_on: Mapped[date | None] = mapped_column(Date)
    inactive_manually: Mapped[bool] = mapped_column(Boolean, default=False)
    excused_on: Mapped[date | None] = mapped_column(Date)
    status_version: Mapped[int] = mapped_column(Integer, default=0)
    credit_minor: Mapped[int] = minor(default=0)
    owed_minor: Mapped[int] = minor(default=0)
    audit_count: Mapped[int] = mapped_column(Integer, default=0)
    audit_hash: Mapped[str] = mapped_column(String(64), default="")
    card_setup_until: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def balance(self) -> Money:
        """
        Positive is credit, negative is owed.
        """
        return Money(self.credit_minor - self.owed_minor, self.currency)


# Written out, not bound: a partial index serves only a query that repeats its condition word by word.
RENEWING = text("contract_renews AND status IN ('active', 'paused')")
ENDING = text("ends_on IS NOT NULL AND status IN ('active', 'paused')")


class Subscription(Record):
    """
    A plan a customer holds. *on_approve*: a person still has to confirm it; *charged_through* is the first
    day not invoiced yet; *ends_on* the last day it works; members of a bundle cost nothing on their own.

    *parent_id* is the row it replaces, *pause_reason* why it is paused. Plan, price and quantity are those
    of its last segment (``segments``). *data_last_on*: the last day the data of its periods was given for
    (None: none was yet; the end of time where the plan includes none).
    *contract_ends_on* is the last day of its contract (None: there is none), which *contract_renews* or not;
    *end_fee_minor* what its booked end costs; *cancellation_id* names that end if its customer asked for it.
    Prepaid: *anchor_day* is the day of the month its periods begin on; *short_since_on* the day it was paused
    because the credit did not pay for it (None: it is not paused, or for another reason).
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        # SQLite, which keeps no statistics, takes an index of the state alone for any question about it.
        Index("ix_subscriptions_status", "status", "customer_id"),
        Index(
            "ix_subscriptions_due",
            "charged_through",
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
        Index(
            "ix_subscriptions_data",
            "partner_id",
            "data_last_on",
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
        Index(
            "ix_subscriptions_short",
            "short_since_on",
            sqlite_where=text("short_since_on IS NOT NULL"),
            postgresql_where=text("short_since_on IS NOT NULL"),
        ),
        Index(
            "ix_subscriptions_renewing", "contract_ends_on", sqlite_where=RENEWING, postgresql_where=RENEWING
        ),
        Index("ix_subscriptions_ending", "ends_on", sqlite_where=ENDING, postgresql_where=ENDING),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID, index=True)
    version: Mapped[int] = mapped_column(Integer, default=1)
    order_id: Mapped[str] = mapped_column(ID, index=True)
    plan_id: Mapped[str] = mapped_column(ID)
    plan_version: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    quantity: Mapped[int] = mapped_column(Integer)
    currency: Mapped[str] = currency()
    price_minor: Mapped[int] = minor()
    interval_months: Mapped[int] = mapped_column(Integer)
    vat_basis_points: Mapped[int] = mapped_column(Integer)
    status: Mapped[Status] = mapped_column(choice(Status))
    on_approve: Mapped[bool] = mapped_column(Boolean)
    activated_on: Mapped[date | None] = mapped_column(Date)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    charged_through: Mapped[date | None] = mapped_column(Date)
    anchor_day: Mapped[int | None] = mapped_column(Integer)
    short_since_on: Mapped[date | None] = mapped_column(Date)
    data_last_on: Mapped[date | None] = mapped_column(Date)
    bundle_id: Mapped[str | None] = mapped_column(ID)
    parent_id: Mapped[str | None] = mapped_column(ID)
    pause_reason: Mapped[PauseReason | None] = mapped_column(choice(PauseReason))
    contract_ends_on: Mapped[date | None] = mapped_column(Date)
    contract_renews: Mapped[bool] = mapped_column(Boolean, default=False)
    end_fee_minor: Mapped[int] = minor(default=0)
    cancellation_id: Mapped[str | None] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(Instant)


class AuditEvent(Record):
    """
    Who did what to this customer's money; each row carries the hash of the one before. Append-only.

    Rows about a partner's settings, runs and changes of many have the partner's id for *customer_id*.
    """

    __tablename__ = "audit_events"

    customer_id: Mapped[str] = mapped_column(ID, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ID)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(80))
    on_behalf_of: Mapped[str | None] = mapped_column(String(80))
    correlation_id: Mapped[str | None] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(60))
    target: Mapped[str] = mapped_column(ID)
    details: Mapped[dict[str, str]] = mapped_column(JSON)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
