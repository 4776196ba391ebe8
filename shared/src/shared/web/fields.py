"""
Fields and pages of our JSON APIs.

A list is read by ``Page`` (or a schema inheriting from it), fetched with one row more than asked for, and
answered by ``page()``: ``{"items": [...], "next": "https://..."}``; the end has no ``next``.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext
from marshmallow import Schema, ValidationError, fields, post_load, validate

from shared.contracts.event import MoneyField
from shared.web.errors import to_caller
from shared.web.strict import Malformed
from shared.web.wiring import wired

__all__ = ["Id", "Integer", "MoneyField", "Page", "Said", "after", "page"]

LARGEST_INTEGER = 2**53 - 1  # what JavaScript counts exactly
LARGEST_PAGE = 100
PAGE = 25


class CursorMismatch(Malformed, code="cursor_mismatch", title="This cursor belongs to another list"):
    """
    The cursor was made for other filters, or by nobody.
    """


class Integer(fields.Integer):
    """
    A whole number, written as one: not "5", 5.0, 1e3 or true.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int or abs(value) > LARGEST_INTEGER:
            raise self.make_error("invalid")
        return value


class Id(fields.String):
    """
    A public id of one kind, such as ``ord_...``.
    """

    def __init__(self, prefix: str, **kwargs: Any) -> None:
        shape = validate.Regexp(rf"^{prefix}_[0-9A-Za-z]{{1,36}}\Z", error="Not a valid id.")
        super().__init__(validate=[shape], metadata={"example": f"{prefix}_01JD3KA7Q0"}, **kwargs)


class Said(fields.String):
    """
    What a refusal says, in the caller's language.
    """

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else to_caller(value)


class Page(Schema):
    """
    The query of a list: ``limit`` (1 to 100; more counts as 100) and ``cursor``.
    """

    limit = fields.Integer(load_default=PAGE)
    cursor = fields.String(load_default=None)

    @post_load
    def _coerce(self, wanted: dict[str, Any], **_: Any) -> dict[str, Any]:
        if wanted["limit"] < 1:
            raise ValidationError("Must be 1 or more.", "limit")
        return {**wanted, "limit": min(wanted["limit"], LARGEST_PAGE)}


def after(cursor: str | None) -> list[Any] | None:
    """
    Return the sort values of the last row of the page before, as given to ``page()``; None at the start.

    :raises CursorMismatch: if the cursor is not one of ours, or the filters changed
    """
    if cursor is None:
        return None
    try:
        mark, *values = json.loads(base64.urlsafe_b64decode(cursor.encode() + b"=="))
    except (ValueError, TypeError) as error:
        raise CursorMismatch from error
    if mark != _filters():
        raise CursorMismatch(gettext("The filters changed; start from the first page."))
    return list(values)


def page(rows: Sequence[Any], *, limit: int, key: Callable[[Any], Sequence[Any]]) -> dict[str, Any]:
    """
    Return the page made of up to *limit* of *rows*, of which one more was fetched if there are more.

    *key* returns the sort values of a row (JSON-ready), unique together.
    """
    items = list(rows[:limit])
    if len(rows) <= limit:
        return {"items": items}
    cursor = json.dumps([_filters(), *key(items[-1])], separators=(",", ":")).encode()
    return {"items": items, "next": _address(base64.urlsafe_b64encode(cursor).decode().rstrip("="))}


def _address(cursor: str) -> str:
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    base = wired().settings.portal_url if wired().service == "portal" else ""
    return f"{base}{request.path}?{urlencode([*query, ('cursor', cursor)])}"


def _filters() -> str:
    kept = sorted(pair for pair in request.args.items(multi=True) if pair[0] not in ("cursor", "limit"))
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:8]
