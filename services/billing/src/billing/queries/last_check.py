"""The last check of the ledger, for the overview and the gauge."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models import LedgerCheck


def last_check(session: Session) -> LedgerCheck | None:
    """
    Return the newest check, if there was one.
    """
    return session.scalar(select(LedgerCheck).order_by(LedgerCheck.at.desc(), LedgerCheck.id.desc()).limit(1))
