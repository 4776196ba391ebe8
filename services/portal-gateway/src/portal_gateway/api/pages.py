"""Long lists: the service cuts them, we only translate the address of the next part into our own."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import request
from marshmallow import Schema, fields, validate

from portal_gateway.api.caller import settings
from portal_gateway.clients.calls import Page

LARGEST = 100


class Paged(Schema):
    """
    How many, and from where: the cursor of a page's *next*.
    """

    limit = fields.Integer(validate=validate.Range(min=1))
    cursor = fields.String(validate=validate.Length(1, 500))


class Pages(Schema):
    """
    A list; *next* is the address of what follows, absent at the end.
    """

    next = fields.String()


def asked(query: dict[str, Any]) -> dict[str, Any]:
    """
    Return what to ask the service for; more than a hundred at once is a hundred.
    """
    return {**query, "limit": min(query["limit"], LARGEST)} if "limit" in query else query


def page(found: Page[Any], show: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """
    Return the answer for one page of a list.
    """
    answer: dict[str, Any] = {"items": [show(each) for each in found["items"]]}
    follows = urlsplit(found.get("next") or "").query
    if follows:
        answer["next"] = f"{settings().portal_url}{request.path}?{follows}"
    if "total" in found:
        answer["total"] = found["total"]
    return answer
