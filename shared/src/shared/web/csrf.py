"""
Whatever changes something and is carried by a cookie must prove that our own page sent it.

Two walls: the exact Origin (cookies are shared by all ports of a host, so SameSite does not separate our UIs
from their neighbours), and a token made from the session's secret, which only our pages know.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from flask import Flask, current_app, g, request
from flask_babel import gettext
from markupsafe import Markup, escape

from shared.errors import NotAllowed
from shared.settings import origin
from shared.web.guard import SAFE, Principal, principal
from shared.web.wiring import wired

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
SIGN_OUT = "staff.sign_out"
TRUSTED = "ledgerline-trusted-origin"
MASK_BYTES = hashlib.sha256().digest_size
PASSED_ON = ("same-site", "same-origin")


class CsrfFailed(NotAllowed, code="csrf_failed", title="This did not come from our own page"):
    """
    The request changes something and may have been sent by another site.
    """


def init_app(app: Flask) -> None:
    """
    Give templates ``csrf_input()`` and ``csrf_token()``.
    """
    app.jinja_env.globals.update(csrf_input=csrf_input, csrf_token=csrf_token)


def trust(app: Flask, listed: Callable[[str], bool]) -> None:
    """
    Let pages of *listed* origins call the API of *app* while no cookie says who is calling.
    """
    app.extensions[TRUSTED] = listed


def protect(caller: Principal) -> None:
    """
    Refuse the present request if another site may have sent it.

    :raises CsrfFailed: if the origin is foreign, or the caller came by cookie without the right token
    """
    if request.method in SAFE or request.routing_exception is not None:
        return
    if caller.csrf is None and caller.kind != "nobody":
        return  # a bearer token is never sent by itself
    if not (caller.csrf is None and _is_trusted(request.headers.get("Origin"))):
        _refuse_foreign_origin()
    if caller.csrf is not None and not is_token(_given(), token_for(caller)):
        raise CsrfFailed(gettext("Open the page again and send it once more."))


def token_for(caller: Principal) -> str:
    """
    Return the token the pages of this caller carry.
    """
    return make_token(caller.csrf or "", caller.session_id or "")


def make_token(secret: str, session_id: str) -> str:
    """
    Return the token of one session; *secret* is known to the server and the session only.
    """
    return hmac.new(secret.encode(), session_id.encode(), hashlib.sha256).hexdigest()


def is_token(given: str, token: str) -> bool:
    """
    Tell whether *given*, bare or masked, is *token*.
    """
    return hmac.compare_digest(_unmasked(given).encode(), token.encode())


def csrf_token() -> str:
    """
    Return the token for the present page; empty when nobody is signed in by cookie.

    It is masked anew on every page: pages are compressed, and a secret that stays the same in them could be
    guessed from their sizes.
    """
    caller = principal()
    if caller.csrf is None:
        return ""
    mask: bytes = g.setdefault("csrf_mask", secrets.token_bytes(MASK_BYTES))
    return (mask + _xor(bytes.fromhex(token_for(caller)), mask)).hex()


def csrf_input() -> Markup:
    """
    Return the hidden field every form carries.
    """
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, escape(csrf_token()))


def allowed_origins() -> set[str]:
    """
    Return the origins whose pages may post to us.
    """
    settings, own = wired().settings, {f"http://{request.host}", f"https://{request.host}"}
    if wired().service == "portal" and not request.path.startswith("/admin/"):
        return own | {origin(settings.portal_url)}
    return own | {origin(url) for url in settings.admin_urls.values()}


def _is_trusted(sender: str | None) -> bool:
    listed: Callable[[str], bool] | None = current_app.extensions.get(TRUSTED)
    return bool(sender and listed and request.path.startswith("/api/v1/") and listed(sender))


def _refuse_foreign_origin() -> None:
    site, sender = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if sender == "null" and site in PASSED_ON and request.endpoint == SIGN_OUT:
        # A browser passes a form on to another port (307) without saying whose it was; the desk asks for
        # the token of its session.
        return
    if site == "cross-site" or (sender is not None and sender not in allowed_origins()):
        g.pop("principal", None)
        raise CsrfFailed


def _unmasked(given: str) -> str:
    if len(given) != 4 * MASK_BYTES:
        return given
    try:
        both = bytes.fromhex(given)
    except ValueError:
        return given
    return _xor(both[:MASK_BYTES], both[MASK_BYTES:]).hex()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def _given() -> str:
    return (request.headers.get(HEADER) or request.form.get(FIELD, "")).strip()
