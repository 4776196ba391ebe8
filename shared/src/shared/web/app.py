"""
The one way an application is made, so that every service logs, refuses, measures and guards alike.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Flask, request
from flask_babel import Babel

from shared import clock
from shared.db import Database
from shared.settings import ServiceSettings, origin
from shared.web import access, csrf, errors, headers, health, lifecycle, metrics
from shared.web.guard import Route, refuse_bare_routes, routes
from shared.web.tokens import GATEWAY, STAFF_DESK, Signer, Verifier
from shared.web.wiring import Wired, database, wired

__all__ = ["LANGUAGES", "Route", "Wired", "database", "make_app", "routes", "wired"]

LANGUAGES = ("en", "de")
SIGNERS = {"portal": GATEWAY, "customers": STAFF_DESK}


def make_app(
    service: str,
    settings: ServiceSettings,
    db: Database,
    *,
    package: str | None = None,
    api_blueprints: Sequence[Blueprint] = (),
    html_blueprints: Sequence[Blueprint] = (),
    title: str = "",
    ports: Any = None,
    language: Callable[[], str | None] = lambda: None,
) -> Flask:
    """
    Make the application of *service* (customers, catalog, billing, tickets or portal).

    *package* is its import name where that differs; *ports* are its own collaborators, found again by
    ``wired().ports``; *language* may know the reader's choice better than the browser.

    :raises RuntimeError: if some route has no access rule
    """
    app = Flask(package or service, static_folder=None)
    clock.follow(settings.clock_file)
    app.extensions["ledgerline"] = Wired(
        app=app,
        service=service,
        package=package or service,
        settings=settings,
        db=db,
        verifier=Verifier(settings.keys_dir),
        signer=_signer(service, settings),
        ports=ports,
    )
    _configure(app, settings, title or service)
    Babel(app, locale_selector=lambda: language() or _asked_language())
    for part in (lifecycle, errors, headers, csrf, metrics):
        part.init_app(app)
    _register(app, api_blueprints, html_blueprints)
    refuse_bare_routes(app)
    app.wsgi_app = health.any_host(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def _configure(app: Flask, settings: ServiceSettings, title: str) -> None:
    app.url_map.strict_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(
        TRUSTED_HOSTS=_hosts(settings),
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
        BABEL_DEFAULT_LOCALE=LANGUAGES[0],
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )


def _register(app: Flask, apis: Sequence[Blueprint], pages: Sequence[Blueprint]) -> None:
    app.register_blueprint(Blueprint("web", "shared.web", template_folder="templates"))
    app.register_blueprint(health.blueprint)
    api = errors.Api(app)
    described: Any = app.view_functions["api-docs.openapi_json"]
    app.view_functions["api-docs.openapi_json"] = access.public(functools.partial(described))
    for each in apis:
        api.register_blueprint(each)
    for each in pages:
        app.register_blueprint(each)


def _signer(service: str, settings: ServiceSettings) -> Signer | None:
    issuer = SIGNERS.get(service)
    return Signer.load(settings.keys_dir, issuer) if issuer else None


def _hosts(settings: ServiceSettings) -> list[str]:
    known = [settings.portal_url, *settings.admin_urls.values()]
    names = {origin(url).split("://")[1].split(":")[0] for url in known}
    return sorted(names | {"localhost", "127.0.0.1"} | set(settings.trusted_hosts))


def _asked_language() -> str:
    chosen = request.cookies.get("language", "")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
