"""What staff does to many bills, payments or orders at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.domain.change import BulkStatus, ItemStatus
from billing.domain.many import Act
from billing.domain.reason import reason_of
from billing.models.base import Record, currency, minor
from shared.db import ID, Instant, choice
from shared.money import Money


class BulkAct(Record):
    """
    One thing done to many: looked at, confirmed, worked through row by row. *any_card*: also the cards of
    those whose bills are not charged unasked.
    """

    __tablename__ = "bulk_acts"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    act: Mapped[Act] = mapped_column(choice(Act))
    status: Mapped[BulkStatus] = mapped_column(choice(BulkStatus), index=True)
    any_card: Mapped[bool] = mapped_column(Boolean, default=False)
    actor: Mapped[str] = mapped_column(String(80))
    total: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class BulkActItem(Record):
    """
    One bill, payment or order, *target_id*, as staff knows it (*label*): its amount, and what became of it.

    *made_id* is the payment begun; *refusal* is why it was left out or failed, *because* the same to be said.
    """

    __tablename__ = "bulk_act_items"
    __table_args__ = (Index("ix_bulk_act_items_waiting", "bulk_id", "status"),)

    bulk_id: Mapped[str] = mapped_column(ForeignKey("bulk_acts.id"), primary_key=True)
    target_id: Mapped[str] = mapped_column(ID, primary_key=True)
    label: Mapped[str] = mapped_column(String(40))
    customer_id: Mapped[str] = mapped_column(ID)
    partner_id: Mapped[str] = mapped_column(ID)
    currency: Mapped[str] = currency()
    amount_minor: Mapped[int] = minor(default=0)
    status: Mapped[ItemStatus] = mapped_column(choice(ItemStatus))
    made_id: Mapped[str | None] = mapped_column(ID)
    refusal: Mapped[str | None] = mapped_column(String(60))
    error: Mapped[str | None] = mapped_column(String(500))
    because: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def amount(self) -> Money:
        """
        What is asked for.
        """
        return Money(self.amount_minor, self.currency)

    @property
    def why(self) -> str:
        """
        Why it was left out or failed, to be said to its reader.
        """
        return reason_of(self.error or "", self.because)


class BulkActPaper(Record):
    """
    One bill as PDF, for the file that holds all of them; kept for a day.
    """

    __tablename__ = "bulk_act_papers"

    bulk_id: Mapped[str] = mapped_column(ForeignKey("bulk_acts.id"), primary_key=True)
    target_id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    content: Mapped[bytes] = mapped_column(LargeBinary)
