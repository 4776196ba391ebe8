"""
The user interface all five services share: shells, components, style, words. One product, five processes.

``init_app(app)`` is all a service calls; templates then extend ``ui/portal.html`` or ``ui/admin.html`` and
``{% import "ui/macros.html" as ui %}``.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, request
from markupsafe import Markup

from shared.ui import bill_words, charts, formats, shells, statuses, views
from shared.ui.assets import hashed_name, static_root
from shared.ui.contrast import DEFAULT_HUE, hex_of
from shared.ui.forms import Form
from shared.ui.language import LANGUAGES, compile_all, init_language, language, speak
from shared.ui.shells import (
    AdminShell,
    Impersonation,
    Kit,
    Notice,
    PortalShell,
    Section,
    Staff,
    use_admin_shell,
    use_portal_shell,
)
from shared.ui.toasts import Toast, carry, shown_toast, toast

__all__ = [
    "AdminShell",
    "Form",
    "Impersonation",
    "Notice",
    "PortalShell",
    "Section",
    "Staff",
    "Toast",
    "compile_all",
    "init_app",
    "is_fragment",
    "language",
    "speak",
    "static_root",
    "static_url",
    "toast",
    "use_admin_shell",
    "use_portal_shell",
]


def init_app(
    app: Flask,
    *,
    environment: str = "sandbox",
    admin_urls: Mapping[str, str] | None = None,
    who: Callable[[], Any] | None = None,
) -> None:
    """
    Give *app* the kit: templates, static files, filters, language; and the gallery at /ui in the sandbox.

    *who* returns the signed-in member of staff (anything with ``name`` and ``permissions``).
    """
    app.extensions["ledgerline-ui"] = Kit(environment, dict(admin_urls or {}), who)
    init_language(app)
    compile_all()
    app.register_blueprint(views.ui)
    if environment == "sandbox":
        from shared.ui.gallery import gallery

        app.register_blueprint(gallery)
    _equip_templates(app)
    app.after_request(_finish)


def static_url(name: str) -> str:
    """
    Return the address of static file *name*; it changes with the file's content.
    """
    return f"/ui/static/{hashed_name(name)}"


def is_fragment() -> bool:
    """
    Whether the browser asks for a part of the page only (htmx, a sheet, a live update).
    """
    return request.headers.get("HX-Request") == "true"


def tab_icon(hue: int) -> str:
    """
    Return the icon of the browser's tab in the brand's colour, as a data address.
    """
    colour = hex_of((0.47, 0.15, hue))
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="9" fill="{colour}"/>'
        '<path d="M10 9v14h12" fill="none" stroke="#fff" stroke-width="4" stroke-linecap="round"/></svg>'
    )
    return f"data:image/svg+xml,{quote(svg)}"


def _equip_templates(app: Flask) -> None:
    names = app.jinja_env.globals
    names.update(
        LANGUAGES=LANGUAGES, DEFAULT_HUE=DEFAULT_HUE, Form=Form, SERVICES=shells.SERVICES,
        admin_shell=shells.admin_shell, admin_url=shells.admin_url, currency_sign=formats.currency_sign,
        day=formats.day, exact=formats.exact, instant=formats.instant, is_fragment=is_fragment,
        kit=shells.kit, language=language, machine_time=formats.machine_time, money=formats.money,
        number=formats.number, percent=formats.percent, portal_shell=shells.portal_shell, said=formats.said,
        sections=shells.sections, shown_toast=shown_toast, since=formats.since,
        sparkline=charts.sparkline, staff=shells.staff, static_url=static_url,
        status_tag=statuses.status_tag, status_word=statuses.status_word, stuck_count=shells.stuck_count,
        tab_icon=tab_icon, tax_words=bill_words.tax_words, theme=views.theme,
        vat_rate=formats.vat_rate,
    )  # fmt: skip
    # The web kit puts the real ones in their place; the pages of the kit alone have no forms to protect.
    names.setdefault("csrf_input", lambda: Markup())
    names.setdefault("csrf_token", lambda: "")
    for name in ("money", "number", "percent", "day", "instant", "since", "status_tag"):
        app.jinja_env.filters[name] = names[name]
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _finish(response: Response) -> Response:
    if response.mimetype == "text/html" or response.status_code in (302, 303):
        carry(response)
    return response
