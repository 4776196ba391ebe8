"""The gateway's admin screens: portal settings per partner."""

from flask_babel import lazy_gettext as _

from portal_gateway.admin import settings
from shared.ui import AdminShell, Section

BLUEPRINTS = [settings.blueprint]

SHELL = AdminShell(
    service="portal",
    sections=[
        Section(
            "settings", _("Portal settings"), "/admin/portal/settings", "settings", permission="portal.view"
        )
    ],
)
