"""
A word after success, shown once on the next page, with *Undo* where undo exists.

It travels in a cookie, as a redirect has nothing else to carry it, and is only ever shown as text.
"""

import base64
import json
from dataclasses import asdict, dataclass

from flask import Response, g, request

from shared.ui.shells import kit

COOKIE = "ledgerline-toast"
LONGEST = 300


@dataclass(frozen=True)
class Toast:
    """
    One message; *undo* is the address a small form posts to, on this site.
    """

    text: str
    tone: str = "ok"
    undo: str | None = None


def toast(text: str, *, tone: str = "ok", undo: str | None = None) -> None:
    """
    Show *text* on this page or, after a redirect, on the next.
    """
    g.toast = Toast(str(text)[:LONGEST], tone, undo)


def shown_toast() -> Toast | None:
    """
    Return the toast of this page, if there is one, and count it as shown.
    """
    g.toast_shown = True
    own = g.get("toast")
    return own if isinstance(own, Toast) else _carried()


def carry(response: Response) -> Response:
    """
    Keep an unshown toast for the next page, and drop a shown one.
    """
    pending = g.get("toast")
    if pending and not g.get("toast_shown"):
        packed = base64.urlsafe_b64encode(json.dumps(asdict(pending)).encode()).decode()
        response.set_cookie(
            COOKIE, packed, max_age=60, path="/", httponly=True, samesite="Lax", secure=only_tls()
        )
    elif g.get("toast_shown") and COOKIE in request.cookies:
        response.delete_cookie(COOKIE, path="/")
    return response


def only_tls() -> bool:
    """
    Whether the kit's cookies are for TLS only: always in production, where a proxy may speak TLS for us.
    """
    return request.is_secure or kit().environment == "production"


def own_path(path: str | None) -> bool:
    """
    Whether *path* stays on this site.
    """
    if not path or any(ord(letter) < 32 for letter in path):  # browsers and werkzeug drop those: /<tab>/evil
        return False
    return path.startswith("/") and not path.startswith(("//", "/\\"))


def _carried() -> Toast | None:
    try:
        kept = json.loads(base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")))
        undo = kept["undo"] if own_path(kept["undo"]) else None
        tone = kept["tone"] if kept["tone"] in ("ok", "warn", "bad", "info") else "ok"
        return Toast(str(kept["text"])[:LONGEST], tone, undo)
    except (ValueError, KeyError, TypeError):
        return None
