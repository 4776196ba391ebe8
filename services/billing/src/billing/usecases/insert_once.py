"""Insert a row unless it is there: the way two first-comers agree, on both engines."""

from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from billing.models import Record


def insert_once(session: Session, record: type[Record], **values: Any) -> bool:
    """
    Insert the row, or leave the one with the same key as it is; tell whether it is new.
    """
    engine = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = engine.insert(record).values(**values).on_conflict_do_nothing()
    result = session.execute(insert.execution_options(preserve_rowcount=True))
    assert isinstance(result, CursorResult)
    return result.rowcount > 0
