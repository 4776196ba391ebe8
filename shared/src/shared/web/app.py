"""
The one way an application is made, so that every service logs, refuses, measures and guards alike.
"""

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Flask, redirect

from shared import clock, ui
from shared.db import Database
from shared.settings import ServiceSettings, origin
from shared.web import (
    access,
    compression,
    csrf,
    errors,
    headers,
    health,
    lifecycle,
    metrics,
    staff,
    stuck_events,
)
from shared.web.guard import Route, refuse_bare_routes, routes
from shared.web.tokens import GATEWAY, STAFF_DESK, Signer, Verifier
from shared.web.wiring import Wired, database, first_page, wired

__all__ = ["Route", "Wired", "database", "make_app", "routes", "wired"]

KIT = ("ui", "gallery")  # static files, theme, language; nothing of anybody
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
    admin_shell: ui.AdminShell | None = None,
    ports: Any = None,
) -> Flask:
    """
    Make the application of *service* (customers, catalog, billing, tickets or portal).

    *package* is its import name where that differs; *admin_shell* is the frame of its admin pages;
    *ports* are its own collaborators, found again by ``wired().ports``.

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
    ui.init_app(
        app,
        environment=settings.environment,
        admin_urls=settings.admin_urls,
        who=staff.present_staff,
    )
    if admin_shell is not None:
        ui.use_admin_shell(app, _complete(admin_shell))
    for part in (compression, lifecycle, errors, headers, csrf, metrics):
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
    )


def _register(app: Flask, apis: Sequence[Blueprint], pages: Sequence[Blueprint]) -> None:
    app.register_blueprint(Blueprint("web", "shared.web", template_folder="templates"))
    app.register_blueprint(health.blueprint)
    api = errors.Api(app)
    described: Any = app.view_functions["api-docs.openapi_json"]
    app.view_functions["api-docs.openapi_json"] = access.public(functools.partial(described))
    for endpoint, view in app.view_functions.items():
        if endpoint.partition(".")[0] in KIT:
            app.view_functions[endpoint] = access.public(view)
    for each in apis:
        api.register_blueprint(each)
    for each in pages:
        app.register_blueprint(each)
    if not any(rule.rule == "/" for rule in app.url_map.iter_rules()):
        app.add_url_rule("/", "first_page", access.public(lambda: redirect(first_page(), 303)))


def _signer(service: str, settings: ServiceSettings) -> Signer | None:
    issuer = SIGNERS.get(service)
    return Signer.load(settings.keys_dir, issuer) if issuer else None


def _complete(shell: ui.AdminShell) -> ui.AdminShell:
    home = f"/admin/{shell.service}"
    return replace(
        shell,
        stuck=shell.stuck or stuck_events.count,
        stuck_url=shell.stuck_url or f"{home}/stuck-events",
        sign_out_url=shell.sign_out_url or f"{home}/sign-out",
    )


def _hosts(settings: ServiceSettings) -> list[str]:
    known = [settings.portal_url, *settings.admin_urls.values()]
    names = {origin(url).split("://")[1].split(":")[0] for url in known}
    return sorted(names | {"localhost", "127.0.0.1"} | set(settings.trusted_hosts))
