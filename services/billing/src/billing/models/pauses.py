"""Pauses of services: booked for a day, running, and what became of them."""

from datetime import date, datetime

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.domain.pause import PauseState
from billing.models.base import Record
from shared.db import ID, Instant, choice

OPEN = text("state IN ('booked', 'running')")


class Pause(Record):
    """
    A subscription does not work from *from_on* up to before *until_on* (None: until somebody says so).

    *billed*: its days are charged all the same. *charged_to* is the first day not charged when it was booked;
    bills since leave its days out. *message* is what the customer was told.
    """

    __tablename__ = "service_pauses"
    __table_args__ = (
        Index(
            "uq_service_pauses_open",
            "subscription_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, index=True)
    partner_id: Mapped[str] = mapped_column(ID)
    version: Mapped[int] = mapped_column(Integer, default=1)
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"))
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date | None] = mapped_column(Date)
    billed: Mapped[bool] = mapped_column(Boolean)
    charged_to: Mapped[date] = mapped_column(Date)
    message: Mapped[str] = mapped_column(String(500))
    state: Mapped[PauseState] = mapped_column(choice(PauseState))
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)
    ended_on: Mapped[date | None] = mapped_column(Date)
