"""What a partner set about billing; what it did not set is inherited from the Default partner."""

from typing import Any

from sqlalchemy import JSON, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.models.base import Record
from shared.db import ID


class PartnerSettings(Record):
    """
    The partner's own values by field name (``domain/settings.py``, ``domain/change_settings.py``).

    *audit_count* and *audit_hash* are the end of the partner's audit trail (``usecases/write_audit.py``).
    Every account follows up to *followed_version*, but those *left_behind* (``usecases/follow_settings.py``).
    """

    __tablename__ = "partner_settings"

    partner_id: Mapped[str] = mapped_column(ID, primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    followed_version: Mapped[int] = mapped_column(Integer, default=0)
    left_behind: Mapped[list[str]] = mapped_column(JSON, default=list)
    audit_count: Mapped[int] = mapped_column(Integer, default=0)
    audit_hash: Mapped[str] = mapped_column(String(64), default="")
    own: Mapped[dict[str, Any]] = mapped_column(JSON)
