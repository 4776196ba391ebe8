"""Who calls the public API: a browser by cookie, or a front end by access token."""

from datetime import datetime
from typing import cast

from flask import g, request

from portal_gateway import queries
from portal_gateway.clients import Upstreams
from portal_gateway.clients.calls import Caller
from portal_gateway.domain.portal_settings import Effective
from portal_gateway.domain.session import Kind
from portal_gateway.settings import Settings
from portal_gateway.usecases.recognise_session import recognise_session
from shared import clock
from shared.errors import NotSignedIn
from shared.web.errors import PreconditionFailed, PreconditionRequired
from shared.web.guard import NOBODY, Principal, access_rule, bearer, principal
from shared.web.wiring import database, wired

COOKIE = "ledgerline-portal"


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


def portal_settings() -> Effective:
    """
    Return what the caller's provider offers, asked for once per request.
    """
    if "portal_settings" not in g:
        with database().read() as session:
            g.portal_settings = queries.effective_settings(session, principal().partner_id)
    return cast(Effective, g.portal_settings)


def cookie_name() -> str:
    """
    Return the name of the portal's cookie; ``__Host-`` binds it to this very host.
    """
    return COOKIE if settings().insecure_cookies else f"__Host-{COOKIE}"


def expected_revision(*, required: bool = False) -> int | None:
    """
    Return the revision If-Match names, None when it names none.

    :raises PreconditionRequired: if it is required and missing
    :raises PreconditionFailed: if it is no revision of ours
    """
    given = request.headers.get("If-Match", "").strip()
    if not given and required:
        raise PreconditionRequired
    if given in ("", "*"):
        return None
    digits = given.removeprefix("W/").strip('"').removeprefix("r")
    if not digits.isdecimal():
        raise PreconditionFailed
    return int(digits)


def now() -> datetime:
    """
    Return business time.
    """
    return clock.now()


def _subscriber(**how: bool) -> Principal:
    if "Authorization" in request.headers:
        return _known(bearer(), Kind.TOKEN, **how)
    cookie = request.cookies.get(cookie_name())
    if not cookie:
        raise NotSignedIn
    return _known(cookie, Kind.COOKIE, **how)


def _visitor() -> Principal:
    try:
        return _chooser()
    except NotSignedIn:
        return NOBODY


def _onlooker() -> Principal:
    return _subscriber(seen=False)


def _chooser() -> Principal:
    return _subscriber(choosing=True)


def _known(secret: str, kind: Kind, **how: bool) -> Principal:
    return recognise_session(database(), secret=secret, kind=kind, now=clock.real_now(), **how)


subscriber = access_rule("portal_session", _subscriber)
onlooker = access_rule("portal_session", _onlooker)  # of what a page asks for by itself
chooser = access_rule("portal_session", _chooser)  # lets those in who have to choose a password, too
visitor = access_rule("visitor", _visitor)
