"""Data a customer may use, in lots that expire, and what they used. Amounts are whole megabytes."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from billing.domain.bucket import Lot, LotKind, MoveReason
from billing.models.base import Record
from shared.db import ID, Instant, choice

OPEN = text("NOT closed")


class DataLot(Record):
    """
    So many megabytes of one origin, to be used from *from_on* to *expires_on*; spent earliest expiry first.

    *closed* lots are over: nothing is taken from them any more, not even by a late report. *moves* counts.
    """

    __tablename__ = "data_lots"
    __table_args__ = (
        CheckConstraint("left_mb >= 0", name="left"),
        Index("ix_data_lots_subscription", "subscription_id", "expires_on"),
        Index("ix_data_lots_open", "expires_on", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"))
    kind: Mapped[LotKind] = mapped_column(choice(LotKind))
    amount_mb: Mapped[int] = mapped_column(BigInteger)
    left_mb: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str] = mapped_column(String(80), unique=True)
    from_on: Mapped[date] = mapped_column(Date)
    expires_on: Mapped[date | None] = mapped_column(Date)
    closed: Mapped[bool] = mapped_column(Boolean, default=False)
    moves: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)

    def lot(self) -> Lot:
        """
        Return it as a value.
        """
        return Lot(id=self.id, left_mb=self.left_mb, from_on=self.from_on, expires_on=self.expires_on)


class DataMove(Record):
    """
    One change of a lot, for the usage history.
    """

    __tablename__ = "data_moves"

    lot_id: Mapped[str] = mapped_column(ForeignKey("data_lots.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    amount_mb: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[MoveReason] = mapped_column(choice(MoveReason))
    ref: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(Instant)


class UsageRecord(Record):
    """
    What a network reported once: *external_id* is the reporter's own and makes repeating harmless.
    """

    __tablename__ = "usage_records"
    __table_args__ = (UniqueConstraint("reporter", "external_id"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    reporter: Mapped[str] = mapped_column(String(60))
    external_id: Mapped[str] = mapped_column(String(120))
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"), index=True)
    used_at: Mapped[datetime] = mapped_column(Instant)
    amount_mb: Mapped[int] = mapped_column(BigInteger)
    uncovered_mb: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
