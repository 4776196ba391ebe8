"""Lists of what one customer has, newest first."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, fields

from shared.web.access import customer_id
from shared.web.fields import after, page
from shared.web.wiring import database


def page_schema(item: type[Schema]) -> type[Schema]:
    """
    Return the schema of a page of *item*.
    """
    name = item.__name__.removesuffix("Schema") + "Page"
    return Schema.from_dict({"items": fields.List(fields.Nested(item)), "next": fields.String()}, name=name)


def listed(find: Callable[..., list[Any]], asked: dict[str, Any], /, **narrowed: Any) -> dict[str, Any]:
    """
    Return the page of the customer's own rows that *asked* (``Page``) asks for, *narrowed* further.
    """
    limit, cursor = asked["limit"], after(asked["cursor"])
    with database().read() as session:
        before = cursor[0] if cursor else None
        rows = find(session, customer_id=customer_id(), limit=limit + 1, before=before, **narrowed)
    return page(rows, limit=limit, key=lambda row: [row.id])
