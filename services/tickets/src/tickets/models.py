"""What tickets stores. Records only: rules live in ``domain``."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared import db
from shared.bus.inbox import InboxRow
from shared.bus.outbox import OutboxRow
from shared.money import Money
from shared.web.idempotency import IdempotencyRow
from shared.web.sessions import RevokedSessionRow, StaffHandoffRow
from tickets.domain import ticket as rules


class Record(DeclarativeBase):
    """
    The tables of this service.
    """

    metadata = db.metadata()


class Outbox(OutboxRow, Record):
    """
    Facts on their way out.
    """


class Inbox(InboxRow, Record):
    """
    Facts that came in.
    """


class Idempotency(IdempotencyRow, Record):
    """
    Answers already given.
    """


class RevokedSession(RevokedSessionRow, Record):
    """
    Staff sessions that ended early.
    """


class StaffHandoff(StaffHandoffRow, Record):
    """
    Sign-on codes already used.
    """


class Sequence(Record):
    """
    The last number given out; numbers have no gaps because a refused ticket gives its number back.
    """

    __tablename__ = "sequences"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    last: Mapped[int]


class Ticket(Record):
    """
    A support case. Of an order's, *said* keeps the subject so that each reader has it in their language.

    One that asks for another plan keeps the wish as sent (*plan_change*), the subscription it is about,
    and what became of it (*change_id*, *change_state*).
    """

    __tablename__ = "tickets"
    __table_args__ = (
        Index(None, "updated_at", "id"),
        Index(None, "customer_id", "updated_at"),
        Index(None, "status", "updated_at"),
    )

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    partner_id: Mapped[str] = mapped_column(db.ID)
    customer_id: Mapped[str] = mapped_column(db.ID)
    version: Mapped[int]
    type: Mapped[rules.Type] = mapped_column(db.choice(rules.Type))
    priority: Mapped[rules.Priority] = mapped_column(db.choice(rules.Priority))
    status: Mapped[rules.Status] = mapped_column(db.choice(rules.Status))
    source: Mapped[rules.Source] = mapped_column(db.choice(rules.Source))
    subject: Mapped[str] = mapped_column(String(rules.LONGEST_SUBJECT))
    said: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    order_id: Mapped[str | None] = mapped_column(db.ID, unique=True)
    subscription_id: Mapped[str | None] = mapped_column(db.ID)
    plan_change: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    change_id: Mapped[str | None] = mapped_column(db.ID, index=True)
    change_state: Mapped[rules.ChangeState | None] = mapped_column(db.choice(rules.ChangeState))
    assignee_id: Mapped[str | None] = mapped_column(db.ID, index=True)
    assignee_name: Mapped[str] = mapped_column(String(200))
    last_reply_by: Mapped[rules.Author] = mapped_column(db.choice(rules.Author))
    created_at: Mapped[datetime] = mapped_column(db.Instant)
    updated_at: Mapped[datetime] = mapped_column(db.Instant)
    closed_at: Mapped[datetime | None] = mapped_column(db.Instant)


class Message(Record):
    """
    Something written in a ticket; *position* counts from 1 within it.

    What we say ourselves is in *said* as well, by its code, for each reader in their language.
    """

    __tablename__ = "messages"

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    ticket_id: Mapped[str] = mapped_column(db.ID, ForeignKey("tickets.id"), index=True)
    position: Mapped[int]
    kind: Mapped[rules.Message] = mapped_column(db.choice(rules.Message))
    by: Mapped[rules.Author] = mapped_column(db.choice(rules.Author))
    author: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    said: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    at: Mapped[datetime] = mapped_column(db.Instant)


class KnownCustomer(Record):
    """
    A copy of what customers tells about a customer; *version* keeps older facts from winning.
    """

    __tablename__ = "known_customers"

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    partner_id: Mapped[str] = mapped_column(db.ID, index=True)
    version: Mapped[int]
    number: Mapped[int]
    full_name: Mapped[str] = mapped_column(String(200))
    login: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    billing_type: Mapped[str] = mapped_column(String(20))
    emails: Mapped[list[str]] = mapped_column(JSON)
    phones: Mapped[list[str]] = mapped_column(JSON)
    address: Mapped[str] = mapped_column(String(400))
    language: Mapped[str] = mapped_column(String(10))
    deleted: Mapped[bool]
    heard_at: Mapped[datetime] = mapped_column(db.Instant)


class KnownPartner(Record):
    """
    A copy of what customers calls a partner.
    """

    __tablename__ = "known_partners"

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(60))


class KnownOrder(Record):
    """
    A copy of what billing tells about an order; what it contains is empty until its request was heard.
    """

    __tablename__ = "known_orders"

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    partner_id: Mapped[str] = mapped_column(db.ID)
    customer_id: Mapped[str] = mapped_column(db.ID)
    number: Mapped[int]
    version: Mapped[int]
    status: Mapped[str] = mapped_column(String(30))
    approval: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    preferred_start_on: Mapped[date | None]
    starts_on: Mapped[date | None]
    total_minor: Mapped[int | None] = mapped_column(BigInteger)
    then_minor: Mapped[int | None] = mapped_column(BigInteger)
    then_every: Mapped[str | None] = mapped_column(String(10))
    currency: Mapped[str | None] = mapped_column(String(3))
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    heard_at: Mapped[datetime] = mapped_column(db.Instant)

    @property
    def total(self) -> Money | None:
        """
        What the order costs now; None while its request was not heard.
        """
        return self._money(self.total_minor)

    @property
    def then(self) -> Money | None:
        """
        What it costs every *then_every* later on, if anything.
        """
        return self._money(self.then_minor)

    def _money(self, minor: int | None) -> Money | None:
        return None if minor is None or self.currency is None else Money(minor, self.currency)
