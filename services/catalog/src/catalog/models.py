"""What catalog stores. Records only: rules live in ``domain``."""

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from catalog.domain.plan import Content, Kind
from shared import db
from shared.bus.inbox import InboxRow
from shared.bus.outbox import OutboxRow
from shared.money import Money
from shared.web.sessions import RevokedSessionRow, StaffHandoffRow


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


class RevokedSession(RevokedSessionRow, Record):
    """
    Staff sessions that ended early.
    """


class StaffHandoff(StaffHandoffRow, Record):
    """
    Sign-on codes already used.
    """


PARTS = [field.name for field in fields(Content)]
MONEY = {"price", "activation_fee", "cancellation_fee", "early_end_fee"}


class Plan(Record):
    """
    The newest version of something that can be sold; amounts are minor units of *currency*.
    """

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    kind: Mapped[Kind] = mapped_column(db.choice(Kind), index=True)
    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    description: Mapped[str] = mapped_column(Text)
    details: Mapped[str] = mapped_column(Text)
    bullets: Mapped[list[str]] = mapped_column(JSON)
    currency: Mapped[str] = mapped_column(String(3))
    price_minor: Mapped[int] = mapped_column(BigInteger)
    activation_fee_minor: Mapped[int] = mapped_column(BigInteger)
    interval_months: Mapped[int]
    vat_basis_points: Mapped[int]
    max_quantity: Mapped[int]
    member_ids: Mapped[list[str]] = mapped_column(JSON)
    billing_types: Mapped[list[str]] = mapped_column(JSON)
    partner_ids: Mapped[list[str]] = mapped_column(JSON)
    location_ids: Mapped[list[str]] = mapped_column(JSON)
    categories: Mapped[list[str]] = mapped_column(JSON)
    label_ids: Mapped[list[str]] = mapped_column(JSON)
    change_target_ids: Mapped[list[str]] = mapped_column(JSON)
    enabled: Mapped[bool]
    shown_on_portal: Mapped[bool]
    hidden_on_admin: Mapped[bool]
    download_kbit: Mapped[int]
    upload_kbit: Mapped[int]
    contract_months: Mapped[int]
    auto_renewal: Mapped[bool]
    included_mb: Mapped[int] = mapped_column(BigInteger)
    prepaid_days: Mapped[int]
    cancellation_fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    early_end_fee_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    updated_at: Mapped[datetime] = mapped_column(db.Instant)
    updated_by: Mapped[str] = mapped_column(String(80))
    retired_at: Mapped[datetime | None] = mapped_column(db.Instant)

    @property
    def price(self) -> Money:
        """
        What it costs per interval.
        """
        return Money(self.price_minor, self.currency)

    @property
    def activation_fee(self) -> Money:
        """
        What starting it costs once.
        """
        return Money(self.activation_fee_minor, self.currency)

    @property
    def cancellation_fee(self) -> Money:
        """
        What ending it costs once, after its contract or without one.
        """
        return Money(self.cancellation_fee_minor, self.currency)

    @property
    def early_end_fee(self) -> Money:
        """
        What ending it costs once before its contract ends.
        """
        return Money(self.early_end_fee_minor, self.currency)

    @property
    def content(self) -> Content:
        """
        All that an edit can change.
        """
        return Content(**{name: _frozen(getattr(self, name)) for name in PARTS})

    @content.setter
    def content(self, content: Content) -> None:
        self.currency = content.price.currency
        for name in PARTS:
            value = getattr(content, name)
            if name in MONEY:
                setattr(self, f"{name}_minor", value.minor if value else 0)
            else:
                setattr(self, name, list(value) if isinstance(value, tuple) else value)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class PlanVersion(Record):
    """
    One version of a plan as it was told; never changes.
    """

    __tablename__ = "plan_versions"

    plan_id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(db.Instant)
    made_by: Mapped[str] = mapped_column(String(80))


class KnownName(Record):
    """
    A copy of what customers calls a partner, location or label; *version* keeps older facts from winning.
    """

    __tablename__ = "known_names"

    id: Mapped[str] = mapped_column(db.ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str] = mapped_column(String(200))
    version: Mapped[int]
    deleted: Mapped[bool]
