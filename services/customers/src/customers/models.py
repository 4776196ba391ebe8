"""What customers stores. Records only: rules live in ``domain``."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from customers.domain.activity import Source
from customers.domain.customer import BillingType, Category
from customers.domain.message import State
from customers.domain.status import Reason, Standing, Status
from shared import db
from shared.bus.inbox import InboxRow
from shared.bus.outbox import OutboxRow
from shared.db import ID, Instant, choice
from shared.money import Money
from shared.web.ratelimit import RateHitRow
from shared.web.sessions import RevokedSessionRow, StaffHandoffRow


class Record(DeclarativeBase):
    """
    A row of the customers service.
    """

    metadata = db.metadata()


class Outbox(OutboxRow, Record):
    """
    Facts told and not yet on the bus.
    """


class Inbox(InboxRow, Record):
    """
    Facts heard.
    """


class RevokedSession(RevokedSessionRow, Record):
    """
    Staff sessions whose tokens are worth nothing.
    """


class StaffHandoff(StaffHandoffRow, Record):
    """
    Sign-on codes used up.
    """


class RateHit(RateHitRow, Record):
    """
    Tries counted against a limit.
    """


class Counter(Record):
    """
    The last number given out under a name.
    """

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class Partner(Record):
    """
    A provider brand.
    """

    __tablename__ = "partners"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(80))
    hue: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    timezone: Mapped[str] = mapped_column(String(64))
    languages: Mapped[list[str]] = mapped_column(JSON)
    help_phone: Mapped[str] = mapped_column(String(40), default="")
    help_email: Mapped[str] = mapped_column(String(254), default="")
    default: Mapped[bool] = mapped_column(default=False)


class Location(Record):
    """
    An area used for availability.
    """

    __tablename__ = "locations"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(80), unique=True)


class Label(Record):
    """
    A coloured word customers are sorted by.
    """

    __tablename__ = "labels"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    hue: Mapped[int]


class Customer(Record):
    """
    Somebody who buys from a partner; *search* holds, in small letters, all a list may be searched by.

    *blocked_manually* outlasts a time of being inactive; *dunning_version* is of billing's last word heard.
    """

    __tablename__ = "customers"
    __table_args__ = (Index("ix_customers_partner_id_number", "partner_id", "number"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ForeignKey("partners.id"))
    version: Mapped[int] = mapped_column(default=1)
    number: Mapped[int] = mapped_column(unique=True)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    status: Mapped[Status] = mapped_column(choice(Status))
    status_reason: Mapped[Reason] = mapped_column(choice(Reason))
    blocked_manually: Mapped[bool] = mapped_column(default=False)
    dunning_version: Mapped[int] = mapped_column(default=0)
    category: Mapped[Category] = mapped_column(choice(Category))
    billing_type: Mapped[BillingType] = mapped_column(choice(BillingType))
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"))
    emails: Mapped[list[str]] = mapped_column(JSON)
    billing_emails: Mapped[list[str]] = mapped_column(JSON)
    phones: Mapped[list[str]] = mapped_column(JSON)
    street: Mapped[str] = mapped_column(String(200))
    zip_code: Mapped[str] = mapped_column(String(200))
    city: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(8))
    added_on: Mapped[date]
    search: Mapped[str] = mapped_column(Text)

    @property
    def standing(self) -> Standing:
        """
        The status with the reason it was set.
        """
        return Standing(self.status, self.status_reason)


class CustomerLabel(Record):
    """
    A label a customer wears.
    """

    __tablename__ = "customer_labels"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    label_id: Mapped[str] = mapped_column(ForeignKey("labels.id"), primary_key=True, index=True)


class CustomerEmail(Record):
    """
    An address a customer may sign in with, in small letters.
    """

    __tablename__ = "customer_emails"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(254), primary_key=True, index=True)


class Credential(Record):
    """
    The hash a customer signs in to the portal against; a *temporary* one has to be replaced at once.
    """

    __tablename__ = "credentials"

    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    temporary: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class ResetCode(Record):
    """
    A code mailed to a customer who forgot their password, as a hash; it works once, and not for long.
    """

    __tablename__ = "reset_codes"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), unique=True)
    code_hash: Mapped[str] = mapped_column(String(200))
    tries: Mapped[int] = mapped_column(default=0)
    ends_at: Mapped[datetime] = mapped_column(Instant)


class Balance(Record):
    """
    Billing's last word on what a customer has or owes, and when it was said.
    """

    __tablename__ = "balances"

    customer_id: Mapped[str] = mapped_column(ID, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ID)
    version: Mapped[int]
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    as_of: Mapped[datetime] = mapped_column(Instant)

    @property
    def money(self) -> Money:
        """
        The balance: positive is credit, negative is owed.
        """
        return Money(self.amount, self.currency)


class Ahead(Record):
    """
    Billing's last word on what happens if nobody pays: *steps* are pairs of a day and due, blocked, inactive.
    """

    __tablename__ = "aheads"

    customer_id: Mapped[str] = mapped_column(ID, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ID)
    version: Mapped[int]
    owed: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    since_on: Mapped[date | None]
    steps: Mapped[list[list[str]]] = mapped_column(JSON)
    as_of: Mapped[datetime] = mapped_column(Instant)

    @property
    def money(self) -> Money:
        """
        What the open bills that count add up to.
        """
        return Money(self.owed, self.currency)

    @property
    def days(self) -> list[tuple[date, str]]:
        """
        The steps, the first one first.
        """
        return [(date.fromisoformat(on), code) for on, code in self.steps]


class Activity(Record):
    """
    One line of the log: one fact, or one act that nobody else needs to hear of.
    """

    __tablename__ = "activities"
    __table_args__ = (Index("ix_activities_customer_id_id", "customer_id", "id"),)

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    event_id: Mapped[str] = mapped_column(ID, unique=True)
    kind: Mapped[str] = mapped_column(String(80))
    customer_id: Mapped[str | None] = mapped_column(ID)
    partner_id: Mapped[str | None] = mapped_column(ID)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(80))
    on_behalf_of: Mapped[str | None] = mapped_column(String(80))
    source: Mapped[Source] = mapped_column(choice(Source))
    words: Mapped[str] = mapped_column(Text)
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    technical: Mapped[bool] = mapped_column(default=False)
    correlation_id: Mapped[str | None] = mapped_column(String(80))


class Message(Record):
    """
    A mail to be delivered, once for each *kind* and what it is *about*; *path* is a page of *path_service*.

    *bulk* ones let the others go first.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("kind", "about"),
        Index("ix_messages_lane", "state", "bulk", "next_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ID)
    customer_id: Mapped[str] = mapped_column(ID)
    order_id: Mapped[str | None] = mapped_column(ID)
    kind: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(ID)
    recipients: Mapped[list[str]] = mapped_column(JSON)
    subject_line: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    path_service: Mapped[str | None] = mapped_column(String(20))
    path: Mapped[str | None] = mapped_column(String(200))
    bulk: Mapped[bool] = mapped_column(default=False)
    state: Mapped[State] = mapped_column(choice(State), default=State.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime] = mapped_column(Instant)
    error: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class StaffMember(Record):
    """
    Somebody who works here; without a hash they cannot sign in yet, *partner_ids* None means every partner.
    """

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    login: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    disabled: Mapped[bool] = mapped_column(default=False)
    roles: Mapped[list[str]] = mapped_column(JSON)
    partner_ids: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(Instant)


class StaffSession(Record):
    """
    One sign-in of one member of staff; the cookie holds a secret whose hash stands here.
    """

    __tablename__ = "staff_sessions"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class SetUpLink(Record):
    """
    A one-time way for a member of staff to choose a password.
    """

    __tablename__ = "set_up_links"

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
