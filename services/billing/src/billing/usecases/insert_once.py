"""Insert a row unless it is there: the way two first-comers agree, on both engines."""

from functools import lru_cache
from typing import Any, cast

from sqlalchemy import CursorResult, Table
from sqlalchemy.orm import Session

from billing.models import Record
from shared.bulk import insert_unless_there


def insert_once(session: Session, record: type[Record], **values: Any) -> bool:
    """
    Insert the row, or leave the one with the same key as it is; tell whether it is new.
    """
    if session.autoflush:
        session.flush()  # what the row refers to may not be written yet
    row = _defaults(record) | values
    statement = insert_unless_there(cast(Table, record.__table__), tuple(row))
    result = session.execute(statement, row)
    assert isinstance(result, CursorResult)
    return result.rowcount > 0


@lru_cache
def _defaults(record: type[Record]) -> dict[str, Any]:
    known = {column.name: column.default for column in record.__table__.c}
    return {name: default.arg for name, default in known.items() if default and default.is_scalar}
