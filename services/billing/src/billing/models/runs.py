"""Billing runs: who is to be billed, who has been, and what came of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Date, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.domain.run import ItemState, Mode, RunState
from billing.models.base import Record, currency, minor
from shared.db import ID, Instant, choice

OPEN = text("state IN ('filling', 'running')")


class BillingRun(Record):
    """
    One pass over the accounts of a partner due on *cut_off_on*: a preview writes no documents, an issue does.

    *preview_id* is the run whose result was confirmed. One open run per partner, date and mode. *started_at*
    and *finished_at* (also of one that was halted) are real time; the start moves by the pauses.
    """

    __tablename__ = "billing_runs"
    __table_args__ = (
        Index(
            "uq_billing_runs_open",
            "partner_id",
            "cut_off_on",
            "mode",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    partner_id: Mapped[str] = mapped_column(ID, index=True)
    cut_off_on: Mapped[date] = mapped_column(Date)
    mode: Mapped[Mode] = mapped_column(choice(Mode))
    state: Mapped[RunState] = mapped_column(choice(RunState))
    preview_id: Mapped[str | None] = mapped_column(ID)
    currency: Mapped[str] = currency()
    items: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    invoices: Mapped[int] = mapped_column(Integer, default=0)
    total_minor: Mapped[int] = minor(default=0)
    stop_asked: Mapped[bool] = mapped_column(Boolean, default=False)
    actor: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class RunItem(Record):
    """
    One account of a run; a claim ends by itself at *lease_until* (real time). *result* is what screens show.
    """

    __tablename__ = "run_items"
    __table_args__ = (Index("ix_run_items_state", "run_id", "state", "customer_id"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("billing_runs.id"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID, primary_key=True)
    state: Mapped[ItemState] = mapped_column(choice(ItemState))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    total_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str | None] = mapped_column(String(500))
