"""The nightly check of the journal against everything that was derived from it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Integer
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
