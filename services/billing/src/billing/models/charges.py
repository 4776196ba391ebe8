"""Charges that wait for a bill: fees, lines below the minimum, usage, and what staff adds by hand."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from billing.domain.charge import ChargeStatus
from billing.models.base import Priced, Record
from shared.db import ID, Instant, choice

LIVE = text("status <> 'dropped' AND subscription_id IS NOT NULL AND code IN ('first_period', 'recurring')")


class Charge(Priced, Record):
    """
    A line on its way to a bill; *source* is what made it (``change:chg_...``, ``usage:...``, ``staff:...``).

    Never charged twice: unique per subscription and first day while it lives, and per source.
    """

    __tablename__ = "charges"
    __table_args__ = (
        Index(
            "uq_charges_live",
            "subscription_id",
            "from_on",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index("ix_charges_waiting", "customer_id", "status"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    customer_id: Mapped[str] = mapped_column(ID)
    partner_id: Mapped[str] = mapped_column(ID)
    subscription_id: Mapped[str | None] = mapped_column(ID)
    status: Mapped[ChargeStatus] = mapped_column(choice(ChargeStatus))
    source: Mapped[str] = mapped_column(String(80), unique=True)
    invoice_id: Mapped[str | None] = mapped_column(ForeignKey("invoices.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
