"""Where a page of tickets ended: the last row's moment and id, which together order the list."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shared.errors import FieldError, Invalid

Place = tuple[datetime, str]


def written(at: datetime, id: str) -> list[str]:
    """
    Return a place as plain values for an address.
    """
    return [at.isoformat(), id]


def read(values: Sequence[Any] | None) -> Place | None:
    """
    Return the place those values name; None for the first page.

    :raises Invalid: if they name none
    """
    if values is None:
        return None
    try:
        at, id_ = values
        return datetime.fromisoformat(at), str(id_)
    except (ValueError, TypeError) as error:
        raise Invalid(FieldError("#/cursor", "unknown", "Start again from the first page.")) from error
