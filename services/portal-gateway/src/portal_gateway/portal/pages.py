"""Long lists in the portal: 25 rows a page, with a way on to the older ones and back to the newest."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import request

from portal_gateway.clients.calls import Page

ROWS = 25


def part() -> dict[str, str | int]:
    """
    Return which part of a list the address asks for, as services are asked for it.
    """
    cursor = request.args.get("cursor", "")[:500]
    return {"limit": ROWS, "cursor": cursor} if cursor else {"limit": ROWS}


def ways(found: Page[Any]) -> dict[str, str | None]:
    """
    Return the address of what is *older* than this part, and of the *newer* rows unless this is the first.
    """
    kept = {name: value for name, value in request.args.items() if name != "cursor"}
    cursor = parse_qs(urlsplit(found.get("next") or "").query).get("cursor", [""])[0]
    return {
        "older": f"{request.path}?{urlencode({**kept, 'cursor': cursor})}" if cursor else None,
        "newer": _first(kept) if "cursor" in request.args else None,
    }


def _first(kept: dict[str, str]) -> str:
    return f"{request.path}?{urlencode(kept)}" if kept else request.path
