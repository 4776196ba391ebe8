"""Catalog's admin pages: plans, their editor, and who may order what."""

from flask_babel import lazy_gettext as _

from catalog.admin.availability import blueprint as availability
from catalog.admin.plan_changes import blueprint as plan_changes
from catalog.admin.plans import blueprint as plans
from shared.ui import AdminShell, Section

blueprints = [plans, plan_changes, availability]

shell = AdminShell(
    service="catalog",
    sections=[
        Section("plans", _("Plans"), "/admin/catalog/plans", "package", permission="plans.view"),
        Section(
            "availability",
            _("Who can order what?"),
            "/admin/catalog/availability",
            "search",
            permission="plans.view",
        ),
    ],
)
