"""
Who may call what: every view carries one access rule, and an application with a bare view does not start.

A rule finds the caller and returns a ``Principal``, or refuses. Nothing but a signed token, or a session row
found by its cookie, is believed; headers such as X-User-Id are never read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, g, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.wrappers import Response

from shared.errors import NotAllowed, NotSignedIn
from shared.web.wiring import wired

View = TypeVar("View", bound=Callable[..., Any])

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, kw_only=True)
class Principal:
    """
    Who is calling: *kind* is nobody, customer, staff or service.

    *partner_ids* limits staff to some partners (None: all). *csrf* is set when a cookie brought the caller:
    then whatever changes something must carry a token made from it. *actor* and *on_behalf_of* go into facts.
    """

    kind: str
    id: str
    actor: str
    partner_id: str | None = None
    partner_ids: frozenset[str] | None = None
    permissions: frozenset[str] = frozenset()
    roles: tuple[str, ...] = ()
    name: str = ""
    session_id: str | None = None
    on_behalf_of: str | None = None
    csrf: str | None = None

    def may(self, permission: str) -> bool:
        """
        Tell whether staff has *permission*.
        """
        return permission in self.permissions

    @property
    def impersonated(self) -> bool:
        """
        True while staff acts as a customer.
        """
        return self.on_behalf_of is not None


NOBODY = Principal(kind="nobody", id="", actor="nobody")


@dataclass(frozen=True)
class Rule:
    """
    *check* returns the caller or refuses; *sign_in*, for pages, leads somebody unknown to the sign-in.
    """

    name: str
    check: Callable[[], Principal]
    sign_in: Callable[[], Response] | None = None


@dataclass(frozen=True)
class Route:
    """
    One row of the URL map, with the name of the rule that guards it.
    """

    rule: str
    methods: frozenset[str]
    endpoint: str
    access: str


def access_rule(
    name: str, check: Callable[[], Principal], *, sign_in: Callable[[], Response] | None = None
) -> Callable[[View], View]:
    """
    Return a decorator that guards a view (or a MethodView, or one of its methods) by *check*.
    """
    rule = Rule(name, check, sign_in)

    def decorate(view: View) -> View:
        view.__access__ = rule  # type: ignore[attr-defined]
        return view

    return decorate


def principal() -> Principal:
    """
    Return who makes the present request.
    """
    return cast(Principal, g.get("principal", NOBODY))


def customer_id() -> str:
    """
    Return the subscriber the present request is about.

    :raises NotAllowed: if no subscriber is calling
    """
    if principal().kind != "customer":
        raise NotAllowed
    return principal().id


def authorise() -> None:
    """
    Find out who calls the present request's view, or refuse; runs before every view.
    """
    if request.routing_exception is not None or request.endpoint is None or request.method == "OPTIONS":
        return
    rule = _rule_of(wired().app, request.endpoint, request.method)
    if rule is None:
        raise MethodNotAllowed
    g.access = rule
    g.principal = rule.check()


def routes(app: Flask) -> list[Route]:
    """
    Return every route of *app* with its access rule, one entry per rule of the URL map and access rule.
    """
    found = []
    for each in app.url_map.iter_rules():
        by_access: dict[str, set[str]] = {}
        for method in (each.methods or set()) - {"OPTIONS", "HEAD"}:
            rule = _rule_of(app, each.endpoint, method)
            by_access.setdefault(rule.name if rule else "", set()).add(method)
        found += [
            Route(each.rule, frozenset(methods), each.endpoint, access)
            for access, methods in by_access.items()
        ]
    return found


def refuse_bare_routes(app: Flask) -> None:
    """
    Stop the start of an application in which some view has no access rule.
    """
    bare = [f"{sorted(route.methods)} {route.rule}" for route in routes(app) if not route.access]
    if bare:
        raise RuntimeError(f"these routes have no access rule: {', '.join(bare)}")


def _rule_of(app: Flask, endpoint: str, method: str) -> Rule | None:
    view = app.view_functions[endpoint]
    views = getattr(view, "view_class", None)
    handler = getattr(views, ("get" if method == "HEAD" else method).lower(), None)
    return (
        getattr(handler, "__access__", None)
        or getattr(views, "__access__", None)
        or getattr(view, "__access__", None)
    )


def bearer() -> str:
    """
    Return the token of the Authorization header.

    :raises NotSignedIn: if there is none
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise NotSignedIn
    return token.strip()
