"""What dunning did to whom, and why."""

from datetime import date, datetime

from sqlalchemy import Date, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Record
from shared.db import ID, Instant


class DunningEvent(Record):
    """
    One step of an account: *old* to *new* (clear, blocked, inactive) on a local date, with its cause.
    """

    __tablename__ = "dunning_events"

    customer_id: Mapped[str] = mapped_column(ID, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ID)
    on: Mapped[date] = mapped_column("on_date", Date)
    at: Mapped[datetime] = mapped_column(Instant)
    old: Mapped[str] = mapped_column(String(20))
    new: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str] = mapped_column(String(200))
    actor: Mapped[str] = mapped_column(String(80))


class Reminder(Record):
    """
    A step of a bill that was taken: *on* is its day, *told_on* the day the customer was written to.

    Without *told_on* nobody was: a later step came with it, or it was too old.
    """

    __tablename__ = "reminders"
    __table_args__ = (Index("ix_reminders_partner", "partner_id", "customer_id"),)

    invoice_id: Mapped[str] = mapped_column(ID, primary_key=True)
    step: Mapped[int] = mapped_column(Integer, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID)
    partner_id: Mapped[str] = mapped_column(ID)
    on: Mapped[date] = mapped_column("on_date", Date)
    at: Mapped[datetime] = mapped_column(Instant)
    told_on: Mapped[date | None] = mapped_column(Date)
