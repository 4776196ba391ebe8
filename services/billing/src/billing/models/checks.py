"""What billing works out about itself: whether the books agree and the date is right, and how months went."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Record, minor
from shared.db import ID, Instant


class LedgerCheck(Record):
    """
    One check: green when *differences* is empty.
    """

    __tablename__ = "ledger_checks"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant, index=True)
    accounts: Mapped[int] = mapped_column(Integer)
    ok: Mapped[bool] = mapped_column(Boolean)
    differences: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class ClockSeen(Record):
    """
    The business instant clock work last ran at; one row, whatever its *id*.
    """

    __tablename__ = "clock_seen"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)


class ClockHold(Record):
    """
    The clock was ahead: it had been *seen_at* and said *ahead_at*. Over when a person (*actor*) confirmed
    that, or when it came back (no *actor*). *found_at* and *ended_at* are real time.
    """

    __tablename__ = "clock_holds"

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ahead_at: Mapped[datetime] = mapped_column(Instant)
    found_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant, index=True)
    actor: Mapped[str | None] = mapped_column(String(80))


class MonthFigures(Record):
    """
    How a month went for a partner, as *counted_at*: what recurs at its end (or today), how that moved,
    and how many bills fell due and were paid before that.
    """

    __tablename__ = "month_figures"

    partner_id: Mapped[str] = mapped_column(ID, primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    month_on: Mapped[date] = mapped_column(Date, primary_key=True)
    monthly_minor: Mapped[int] = minor()
    new_minor: Mapped[int] = minor()
    expansion_minor: Mapped[int] = minor()
    contraction_minor: Mapped[int] = minor()
    churn_minor: Mapped[int] = minor()
    due_bills: Mapped[int] = mapped_column(Integer)
    paid_on_time: Mapped[int] = mapped_column(Integer)
    counted_at: Mapped[datetime] = mapped_column(Instant)
