"""Tickets' admin pages: the queue, one ticket, the tickets of one customer."""

from flask_babel import lazy_gettext as _

from shared.ui import AdminShell, Section
from tickets.admin.customers import blueprint as customers
from tickets.admin.queue import blueprint as queue
from tickets.admin.thread import blueprint as thread

blueprints = [customers, queue, thread]

shell = AdminShell(
    service="tickets",
    sections=[
        Section("queue", _("All tickets"), "/admin/tickets", "life-buoy", permission="tickets.view"),
        Section("mine", _("My queue"), "/admin/tickets?assignee=me", "user", permission="tickets.view"),
        Section("new", _("New ticket"), "/admin/tickets/new", "plus", permission="tickets.reply"),
    ],
    search_url="/admin/tickets/customers",
    search_label=_("Search customers"),
)
