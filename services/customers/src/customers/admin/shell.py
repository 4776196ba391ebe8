"""The frame around our admin pages."""

from flask import Flask
from flask_babel import lazy_gettext as _l

from shared import ui
from shared.ui.shells import Section
from shared.web import stuck_events
from shared.web.access import principal

HOME = "/admin/customers"


def use_shell(app: Flask) -> None:
    """
    Put the sections of the customers service around every admin page of *app*.
    """
    view, manage = "customers.view", "staff.manage"
    sections = [
        Section("list", _l("List"), HOME, "users", view),
        Section("labels", _l("Labels"), f"{HOME}/labels", "tag", view),
        Section("partners", _l("Partners"), f"{HOME}/partners", "building-2", view),
        Section("locations", _l("Locations"), f"{HOME}/locations", "map-pin", view),
        Section("activity", _l("Activity log"), f"{HOME}/activity", "history", view),
        Section("staff", _l("Staff"), f"{HOME}/staff", "shield", manage),
    ]
    ui.use_admin_shell(
        app,
        ui.AdminShell(
            service="customers",
            sections=sections,
            search_url=HOME,
            stuck=stuck_events.count,
            stuck_url=f"{HOME}/stuck-events",
            sign_out_url=f"{HOME}/sign-out",
        ),
    )
    app.context_processor(_reader)


def _reader() -> dict[str, object]:
    reader = principal()
    return {"permissions": reader.permissions, "unscoped": reader.partner_ids is None}
