"""
One sign-in for five admin UIs.

``customers`` keeps the staff session. A UI without a valid staff token sends the browser there, and gets it
back with a one-use code, inside which is a staff token of five minutes: that becomes the UI's own cookie.
When it expires the same trip renews it, unseen. Works without JavaScript; an expired form is given back.
"""

from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from shared.errors import NotAllowed, NotSignedIn
from shared.settings import origin
from shared.web import csrf, headers, sessions, tokens
from shared.web.guard import NOBODY, SAFE, Principal, View, access_rule, bearer, principal
from shared.web.wiring import database, wired

HANDOFF_TTL = 60
# What all partners share, or where facts of all of them lie side by side: not for staff of some partners.
UNDIVIDED = frozenset({"plans.edit", "events.view", "events.manage"})


def staff(permission: str = "") -> Callable[[View], View]:
    """
    Return the rule for views only staff with *permission* may use; any staff when it is empty.
    """

    def check() -> Principal:
        found = member()
        if permission and not found.may(permission):
            raise NotAllowed(gettext("Your role does not allow this."), params={"permission": permission})
        return found

    return access_rule(f"staff:{permission}", check, sign_in=_sign_in)


def mint_staff_token(
    signer: tokens.Signer,
    audience: str,
    *,
    staff_id: str,
    session_id: str,
    csrf_secret: str,
    name: str,
    roles: Collection[str],
    permissions: Collection[str],
    partner_ids: Collection[str] | None = None,
) -> str:
    """
    Sign what UI *audience* may know about a member of staff, for five minutes (customers only).
    """
    return signer.mint(
        audience,
        staff_id,
        ttl=tokens.STAFF_TTL,
        use="staff",
        sid=session_id,
        csrf=csrf_secret,
        name=name,
        roles=sorted(roles),
        permissions=sorted(permissions),
        partners=None if partner_ids is None else sorted(partner_ids),
    )


def handoff_url(signer: tokens.Signer, *, to: str, staff_token: str, staff_id: str, next_path: str) -> str:
    """
    Return where to send a browser so that UI *to* takes over *staff_token* (customers only).

    :raises NotAllowed: if there is no such UI
    """
    home = wired().settings.admin_urls.get(to)
    if home is None:
        raise NotAllowed
    code = signer.mint(to, staff_id, ttl=HANDOFF_TTL, use="handoff", token=staff_token)
    return f"{home}/admin/{to}/sign-on?{urlencode({'code': code, 'next': own_path(next_path, to)})}"


def verify_handoff(code: str) -> str:
    """
    Return the staff token inside a sign-on code, which is used up by this.

    :raises NotSignedIn: if the code is not for us, too old, or was used before
    """
    service = wired().service
    claims = wired().verifier.verify(code, audience=service, issuer=tokens.STAFF_DESK, use="handoff")
    with database().begin() as session:
        sessions.use_code(session, str(claims["jti"]))
    return str(claims["token"])


def own_path(path: str, service: str) -> str:
    """
    Return *path* if it is one of our own admin pages, else the first page of *service*.
    """
    parts = urlsplit(path)
    foreign = parts.scheme or parts.netloc or "\\" in path or any(ord(letter) < 33 for letter in path)
    return path if path.startswith("/admin/") and not foreign else f"/admin/{service}/"


def set_cookie(response: Response, token: str) -> Response:
    """
    Let the browser keep the staff token of this UI.
    """
    secure = not wired().settings.insecure_cookies
    response.set_cookie(
        cookie_name(), token, max_age=8 * 3600, path="/", secure=secure, httponly=True, samesite="Lax"
    )
    return response


def clear_cookie(response: Response) -> Response:
    """
    Let the browser forget the staff token of this UI.
    """
    response.delete_cookie(
        cookie_name(), path="/", secure=not wired().settings.insecure_cookies, httponly=True
    )
    return response


def cookie_name() -> str:
    """
    Return the name of this UI's cookie; browsers share cookies between ports, so each UI has its own.
    """
    prefix = "" if wired().settings.insecure_cookies else "__Host-"
    return f"{prefix}ledgerline-{wired().service}-staff"


def present_staff() -> Principal | None:
    """
    Return the member of staff looking at the present page.
    """
    return principal() if principal().kind == "staff" else None


def member() -> Principal:
    """
    Return the member of staff the present request comes from.

    :raises NotSignedIn: if there is no valid token
    """
    cookie = request.cookies.get(cookie_name())
    if "Authorization" in request.headers or cookie is None:
        return believe(bearer(), ambient=False)
    return believe(cookie)


def believe(token: str, *, ambient: bool = True) -> Principal:
    """
    Return who a staff token speaks of; *ambient* when the browser sends it by itself, as cookies are.

    :raises NotSignedIn: if it is not valid here, or its session ended
    """
    claims = wired().verifier.verify(token, audience=wired().service, issuer=tokens.STAFF_DESK, use="staff")
    with database().read() as session:
        if sessions.is_revoked(session, claims["sid"]):
            raise NotSignedIn
    return _principal_of(claims, ambient=ambient)


def _principal_of(claims: tokens.Claims, *, ambient: bool) -> Principal:
    partners: Any = claims.get("partners")
    permissions = frozenset(claims.get("permissions", ()))
    return Principal(
        kind="staff",
        id=claims["sub"],
        actor=f"staff:{claims['sub']}",
        partner_ids=None if partners is None else frozenset(partners),
        permissions=permissions if partners is None else permissions - UNDIVIDED,
        roles=tuple(claims.get("roles", ())),
        name=claims.get("name", ""),
        session_id=claims["sid"],
        csrf=claims["csrf"] if ambient else None,
    )


def _sign_in() -> Response:
    if request.headers.get("HX-Request"):
        response = make_response("", 401)
        response.headers["HX-Redirect"] = desk_url(_page_of_fragment())
        return response
    if request.method in SAFE:
        return redirect(desk_url(request.full_path.rstrip("?")))
    csrf.protect(NOBODY)
    return _form_again()


def _form_again() -> Response:
    """
    Give an expired form back: its values, a silent renewal in the background, and a button to send it again.
    """
    renew = desk_url(f"/admin/{wired().service}/signed-on")
    page = render_template(
        "web/form_again.html",
        fields=list(request.form.items(multi=True)),
        lost_files=bool(request.files),
        action=request.full_path.rstrip("?"),
        renew=renew,
    )
    response = make_response(page, 401)
    # The picture is the trip through customers that renews the cookie without a script.
    policy = headers.content_security_policy(wired().settings, images=(customers_origin(),))
    response.headers["Content-Security-Policy"] = policy
    return response


def _page_of_fragment() -> str:
    return urlsplit(request.headers.get("HX-Current-URL", "")).path


def desk_url(next_path: str) -> str:
    """
    Return where a browser signs in and comes back from to *next_path*.
    """
    query = urlencode({"to": wired().service, "next": next_path})
    return f"{customers_origin()}/admin/customers/sign-on?{query}"


def customers_origin() -> str:
    """
    Return the origin of the UI that keeps the staff sessions.
    """
    return origin(wired().settings.admin_urls["customers"])
