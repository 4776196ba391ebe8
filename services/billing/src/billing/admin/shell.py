"""The frame of billing's screens: its sections and what waits in them."""

from urllib.parse import urlsplit

from flask import Flask, request
from flask_babel import lazy_gettext as _

from billing.queries import staff as queries
from shared import ui
from shared.bus import inbox
from shared.web.access import principal
from shared.web.app import database
from shared.web.csrf import allowed_origins

PREFIX = "/admin/billing"

SECTIONS = [
    ui.Section("overview", _("Overview"), PREFIX, "gauge", permission="orders.view"),
    ui.Section("orders", _("Orders"), f"{PREFIX}/orders", "package", permission="orders.view"),
    ui.Section("runs", _("Billing runs"), f"{PREFIX}/runs", "calendar-clock", permission="invoices.view"),
    ui.Section("invoices", _("Invoices"), f"{PREFIX}/invoices", "receipt", permission="invoices.view"),
    ui.Section("payments", _("Payments"), f"{PREFIX}/payments", "credit-card", permission="payments.view"),
    ui.Section(
        "credit-notes", _("Credit notes"), f"{PREFIX}/credit-notes", "undo-2", permission="invoices.view"
    ),
    ui.Section(
        "change-plan",
        _("Change-plan rules"),
        f"{PREFIX}/change-plan",
        "settings",
        permission="settings.view",
    ),
    ui.Section(
        "settings", _("Billing settings"), f"{PREFIX}/settings", "settings", permission="settings.view"
    ),
    ui.Section(
        "bulk-changes",
        _("Change plans of many"),
        f"{PREFIX}/bulk-changes",
        "users",
        permission="orders.view",
    ),
]


def frame(app: Flask) -> None:
    """
    Put billing's sections around every staff screen of *app*.
    """
    ui.use_admin_shell(
        app,
        ui.AdminShell(
            service="billing",
            sections=SECTIONS,
            search_url=f"{PREFIX}/customers",
            search_label=_("Search customers"),
            stuck=_stuck,
            stuck_url=f"{PREFIX}/stuck-events",
            sign_out_url=f"{PREFIX}/sign-out",
        ),
    )


def scope() -> queries.Scope:
    """
    Return the partners the signed-in member of staff may see; None is all.
    """
    return principal().partner_ids


def back_to(otherwise: str) -> str:
    """
    Return where a form says it came from, if that is one of our own staff screens; else *otherwise*.
    """
    wanted = request.values.get("return_to", "")
    parts = urlsplit(wanted)
    ours = f"{parts.scheme}://{parts.netloc}" in allowed_origins() or wanted.startswith(f"{PREFIX}/")
    return wanted if wanted and ours else otherwise


def _stuck() -> int:
    with database().read() as session:
        return len(inbox.stuck(session))
