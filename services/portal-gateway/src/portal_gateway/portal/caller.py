"""Who looks at the portal's pages: a browser with our cookie; anybody else is led to the sign-in."""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import g, redirect, request
from werkzeug.wrappers import Response

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.domain.basket import Contents
from portal_gateway.domain.portal_settings import Effective
from portal_gateway.domain.session import Kind
from portal_gateway.settings import Settings
from portal_gateway.usecases.recognise_session import recognise_session
from shared import clock
from shared.errors import NotSignedIn, Unavailable
from shared.ui.toasts import own_path
from shared.web.guard import NOBODY, Principal, access_rule, principal
from shared.web.wiring import database, wired

Found = TypeVar("Found")

COOKIE = "ledgerline-portal"
FIRST_PAGE = "/portal"


def upstreams() -> Upstreams:
    """
    Return the services the gateway can ask.
    """
    return cast(Upstreams, wired().ports)


def settings() -> Settings:
    """
    Return what the environment said.
    """
    return cast(Settings, wired().settings)


def cookie_name() -> str:
    """
    Return the name of the portal's cookie; ``__Host-`` binds it to this very host.
    """
    return COOKIE if settings().insecure_cookies else f"__Host-{COOKIE}"


def caller() -> Caller:
    """
    Return the signed-in customer, as services are told about them.
    """
    known = principal()
    return Caller(
        customer_id=known.id,
        partner_id=known.partner_id,
        actor=known.actor,
        on_behalf_of=known.on_behalf_of,
    )


def partner() -> queries.Partner:
    """
    Return the brand of this page, asked for once per request.
    """
    if "partner" not in g:
        with database().read() as session:
            g.partner = queries.partner(session, principal().partner_id)
    return cast(queries.Partner, g.partner)


def portal_settings() -> Effective:
    """
    Return what the partner offers, asked for once per request.
    """
    if "portal_settings" not in g:
        with database().read() as session:
            g.portal_settings = queries.effective_settings(session, partner().id or None)
    return cast(Effective, g.portal_settings)


def service_page(service_id: str) -> str:
    """
    Return where a service is shown, or Home where services have no pages.
    """
    return f"/portal/services/{service_id}" if portal_settings().menu_services else "/portal"


def basket() -> Contents:
    """
    Return the basket as it is now.
    """
    with database().read() as session:
        return queries.basket(session, customer_id=principal().id, partner_id=principal().partner_id or "")


def events_from_now() -> str:
    """
    Return the address of what happens from now on: to be asked for before the services are, so that nothing
    falls between what they answer and what is streamed.
    """
    with database().read() as session:
        return f"/api/v1/events?after={queries.newest_live_event(session)}"


def told(ask: Callable[[], Found]) -> Found | None:
    """
    Return what a service answers, None while it does not: the page stands with the rest.
    """
    try:
        return ask()
    except Unavailable:
        return None


def next_page(given: str | None) -> str:
    """
    Return where to go after signing in: *given* if it is a page of the portal.
    """
    safe = own_path(given) and (given or "").startswith("/portal") and "\\" not in (given or "")
    return str(given) if safe else FIRST_PAGE


def known_visitor(*, choosing: bool = True) -> Principal:
    """
    Return who is signed in, or nobody.

    :raises PasswordToChoose: if they have to choose a password first and are not *choosing*
    """
    cookie = request.cookies.get(cookie_name())
    if not cookie:
        return NOBODY
    try:
        return recognise_session(
            database(), secret=cookie, kind=Kind.COOKIE, now=clock.real_now(), choosing=choosing
        )
    except NotSignedIn:
        return NOBODY


def _signed_in(*, choosing: bool = False) -> Principal:
    known = known_visitor(choosing=choosing)
    if known is NOBODY:
        raise NotSignedIn
    return known


def _chooser() -> Principal:
    return _signed_in(choosing=True)


def _sign_in_page() -> Response:
    wanted = request.full_path.rstrip("?") if request.method == "GET" else FIRST_PAGE
    query = urlencode({"next": wanted}) if wanted != FIRST_PAGE else ""
    page = f"/portal/login{'?' + query if query else ''}"
    if "HX-Current-URL" in request.headers:  # htmx would put the page into a part of the present one
        return Response("", 200, {"HX-Redirect": page}, content_type="text/html")
    return redirect(page, 303)


def acquaintance() -> Any:
    """
    Return what we remember about the signed-in customer, asked for once per request.
    """
    if "acquaintance" not in g:
        with database().read() as session:
            g.acquaintance = queries.acquaintance(session, principal().id)
    return g.acquaintance


signed_in = access_rule("portal_page", _signed_in, sign_in=_sign_in_page)
choosing = access_rule("portal_page", _chooser, sign_in=_sign_in_page)
anybody = access_rule("portal_visitor", known_visitor)
