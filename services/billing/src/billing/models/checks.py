"""What billing checks about itself: the books every night, and whether the date can be believed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Record
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
