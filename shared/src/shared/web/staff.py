"""
One sign-in for five admin UIs.

``customers`` keeps the staff session. A UI without a valid staff token sends the browser there, and gets it
back with a one-use code, inside which is a staff token of five minutes: that becomes the UI's own cookie.
When it expires the same trip renews it, unseen. Works without JavaScript; an expired form is given back.
"""

from collections.abc import Callable, Collection
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from shared.errors import NotAllowed, NotSignedIn
from shared.settings import origin
from shared.web import csrf, headers, sessions, tokens
from shared.web.guard import NOBODY, SAFE, Principal, View, access_rule, bearer, principal
from shared.web.wiring import database, wired

HANDOFF_TTL = 60


class Desk(Protocol):
    """
    What only ``customers`` has: the staff session itself.
    """

    def sign_on(self, *, to: str, next_path: str) -> Response:
        """
        Lead the signed-in person back to UI *to* (see ``handoff_url``); show the sign-in form to others.
        """
        ...

    def sign_out(self) -> Response:
        """
        End the staff session and say so.
        """
        ...


def staff(permission: str = "") -> Callable[[View], View]:
    """
    Return the rule for views only staff with *permission* may use; any staff when it is empty.
    """

    def check() -> Principal:
        member = _member()
        if permission and not member.may(permission):
            raise NotAllowed(gettext("Your role does not allow this."), params={"permission": permission})
        return member

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


def staff_blueprint(service: str, desk: Desk | None = None) -> Blueprint:
    """
    Return the routes every admin UI has: sign-on and sign-out (customers brings its *desk*).
    """
    pages = Blueprint("staff", __name__, url_prefix=f"/admin/{service}")
    anybody = access_rule("public", lambda: NOBODY)

    @pages.get("/sign-on")
    @anybody
    def sign_on() -> Response:
        """
        Take a sign-on code, or lead to where one is made.
        """
        next_path = own_path(request.args.get("next", ""), service)
        if "code" in request.args:
            return _take_over(next_path)
        if desk is not None:
            return desk.sign_on(to=request.args.get("to", service), next_path=request.args.get("next", ""))
        return redirect(_desk_url(next_path))

    @pages.post("/sign-out")
    @anybody
    def sign_out() -> Response:
        """
        Forget the token here at once, and end the session where it is kept.
        """
        _revoke_present()
        # 307 repeats the POST at customers, which ends the session and tells everybody.
        end = desk.sign_out() if desk else redirect(f"{_customers()}/admin/customers/sign-out", 307)
        return clear_cookie(end)

    return pages


def present_staff() -> Principal | None:
    """
    Return the member of staff looking at the present page.
    """
    return principal() if principal().kind == "staff" else None


def _take_over(next_path: str) -> Response:
    try:
        token = verify_handoff(request.args["code"])
        _believe(token)
    except NotSignedIn:
        return make_response(render_template("web/sign_on_failed.html", again=next_path), 400)
    return set_cookie(redirect(next_path, 303), token)


def _member() -> Principal:
    cookie = request.cookies.get(cookie_name())
    if "Authorization" in request.headers or cookie is None:
        return _believe(bearer(), ambient=False)
    return _believe(cookie)


def _believe(token: str, *, ambient: bool = True) -> Principal:
    claims = wired().verifier.verify(token, audience=wired().service, issuer=tokens.STAFF_DESK, use="staff")
    with database().read() as session:
        if sessions.is_revoked(session, claims["sid"]):
            raise NotSignedIn
    return _principal_of(claims, ambient=ambient)


def _principal_of(claims: tokens.Claims, *, ambient: bool) -> Principal:
    partners: Any = claims.get("partners")
    return Principal(
        kind="staff",
        id=claims["sub"],
        actor=f"staff:{claims['sub']}",
        partner_ids=None if partners is None else frozenset(partners),
        permissions=frozenset(claims.get("permissions", ())),
        roles=tuple(claims.get("roles", ())),
        name=claims.get("name", ""),
        session_id=claims["sid"],
        csrf=claims["csrf"] if ambient else None,
    )


def _revoke_present() -> None:
    try:
        member = _member()
    except NotSignedIn:
        return
    with database().begin() as session:
        sessions.revoke(session, str(member.session_id))


def _sign_in() -> Response:
    if request.headers.get("HX-Request"):
        response = make_response("", 401)
        response.headers["HX-Redirect"] = _desk_url(_page_of_fragment())
        return response
    if request.method in SAFE:
        return redirect(_desk_url(request.full_path.rstrip("?")))
    csrf.protect(NOBODY)
    return _form_again()


def _form_again() -> Response:
    """
    Give an expired form back: its values, a silent renewal in the background, and a button to send it again.
    """
    renew = _desk_url(f"/admin/{wired().service}/signed-on")
    page = render_template(
        "web/form_again.html",
        fields=list(request.form.items(multi=True)),
        lost_files=bool(request.files),
        action=request.full_path.rstrip("?"),
        renew=renew,
    )
    response = make_response(page, 401)
    # The picture is the trip through customers that renews the cookie without a script.
    policy = headers.content_security_policy(wired().settings, images=(_customers(),))
    response.headers["Content-Security-Policy"] = policy
    return response


def _page_of_fragment() -> str:
    return urlsplit(request.headers.get("HX-Current-URL", "")).path


def _desk_url(next_path: str) -> str:
    query = urlencode({"to": wired().service, "next": next_path})
    return f"{_customers()}/admin/customers/sign-on?{query}"


def _customers() -> str:
    return origin(wired().settings.admin_urls["customers"])
