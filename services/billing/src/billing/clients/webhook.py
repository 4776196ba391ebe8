"""
Signed webhooks: header ``Sandbox-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256 over "t.body">``.

Signed with real time (not the movable business clock) and worth five minutes, so that a copied call cannot be
played again a day later.
"""

import hashlib
import hmac
from typing import Any

from billing.clients.provider import Notice

HEADER = "Sandbox-Signature"
TOLERANCE_SECONDS = 300


class BadSignature(ValueError):
    """
    The call was not signed by our provider, or too long ago.
    """


class BadNotice(ValueError):
    """
    Signed by our provider, but not a notice we can read.
    """


def sign(body: bytes, *, secret: str, at: int) -> str:
    """
    Return the header value for *body* sent at *at* (unix seconds, real time).
    """
    return f"t={at},v1={_digest(body, secret=secret, at=str(at))}"


def verify(body: bytes, header: str, *, secret: str, now: int) -> None:
    """
    Check who sent *body* and when.

    :raises BadSignature: if the secret is another one, the time is off by more than five minutes, or the
        header is no signature
    """
    parts = dict(piece.split("=", 1) for piece in header.split(",") if "=" in piece)
    at, given = parts.get("t", ""), parts.get("v1", "")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        raise BadSignature("no time")
    if not hmac.compare_digest(_digest(body, secret=secret, at=at).encode(), given.encode()):
        raise BadSignature("another secret")
    if abs(now - int(at)) > TOLERANCE_SECONDS:
        raise BadSignature("too old")


def read(document: dict[str, Any]) -> Notice:
    """
    Read a notice whose signature was checked.

    :raises BadNotice: if it is none
    """
    try:
        data: dict[str, Any] = document.get("data") or {}
        return Notice(
            id=_text(document["id"]),
            type=_text(document["type"]),
            reference=_optional(data.get("reference")),
            customer_ref=_optional(data.get("customer_ref")),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadNotice("not a notice") from error


def _digest(body: bytes, *, secret: str, at: str) -> str:
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 80:
        raise BadNotice("not a short text")
    return value


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)
