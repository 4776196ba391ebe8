"""
What the two page shells show around a page: the portal's for subscribers, the admin's for staff.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, g
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as in_menu

from shared.money import Money
from shared.ui.contrast import DEFAULT_HUE


@dataclass(frozen=True)
class Section:
    """
    One entry of a navigation; *permission* hides it from staff who lack it, *count* calls for attention.
    """

    key: str
    title: Any
    href: str
    icon: str
    permission: str | None = None
    count: int = 0


@dataclass(frozen=True)
class Impersonation:
    """
    Staff *agent* looking at the portal as *customer*, for *minutes_left* more.
    """

    agent: str
    customer: str
    minutes_left: int
    leave_url: str


PORTAL_SECTIONS = (
    Section("home", _("Home"), "/portal", "house"),
    Section("services", _("Services"), "/portal/services", "wifi"),
    Section("bills", _("Bills"), "/portal/bills", "receipt"),
    Section("order", in_menu("menu", "Order"), "/portal/order", "package"),
    Section("support", _("Support"), "/portal/support", "life-buoy"),
)


@dataclass(frozen=True)
class Notice:
    """
    What every page says first, with what to do about it.
    """

    tone: str
    title: str
    action_text: str | None = None
    action_href: str | None = None


@dataclass(frozen=True)
class PortalShell:
    """
    The frame of the portal: whose it is (*site*, *hue*, *logo*), who is signed in, what is in the basket.

    *notice* stands above every page.
    """

    site: str = "Ledgerline"
    hue: int = DEFAULT_HUE
    logo: str | None = None
    customer: str | None = None
    sections: Sequence[Section] = PORTAL_SECTIONS
    basket_count: int = 0
    basket_total: Money | Mapping[str, str] | None = None
    basket_url: str = "/portal/basket"
    account_links: Sequence[Section] = ()
    help_url: str = "/portal/support"
    phone: str | None = None
    email: str | None = None
    sign_out_url: str = "/portal/logout"
    languages: Sequence[str] = ("en", "de")
    impersonation: Impersonation | None = None
    notice: Notice | None = None


SERVICES = (
    Section("customers", _("Customers"), "/admin/customers", "users"),
    Section("catalog", _("Catalogue"), "/admin/catalog", "package"),
    Section("billing", _("Billing"), "/admin/billing", "receipt"),
    Section("tickets", _("Tickets"), "/admin/tickets", "life-buoy"),
    Section("portal", _("Portal"), "/admin/portal", "monitor"),
)


@dataclass(frozen=True)
class Staff:
    """
    The member of staff who looks: their name and what they may do.
    """

    name: str = ""
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class AdminShell:
    """
    The frame of one service's admin UI; the callables are asked once per page.
    """

    service: str
    sections: Sequence[Section] = ()
    search_url: str | None = None
    search_label: Any = None
    stuck: Callable[[], int] | None = None
    stuck_url: str | None = None
    profile_url: str | None = None
    sign_out_url: str | None = None


@dataclass
class Kit:
    """
    What one application told the kit about itself.
    """

    environment: str = "sandbox"
    admin_urls: Mapping[str, str] = field(default_factory=dict)
    who: Callable[[], Any] | None = None
    portal: Callable[[], PortalShell] = PortalShell
    admin: AdminShell | None = None


def kit(app: Flask | None = None) -> Kit:
    """
    Return what this application told the kit.
    """
    found: Kit = (app or current_app).extensions["ledgerline-ui"]
    return found


def use_portal_shell(app: Flask, provider: Callable[[], PortalShell]) -> None:
    """
    Ask *provider*, once per page, for the frame of the portal.
    """
    kit(app).portal = provider


def use_admin_shell(app: Flask, shell: AdminShell) -> None:
    """
    Put *shell* around every admin page of *app*.
    """
    kit(app).admin = shell


def portal_shell() -> PortalShell:
    """
    Return the frame of this portal page.
    """
    if "portal_shell" not in g:
        g.portal_shell = kit().portal()
    found: PortalShell = g.portal_shell
    return found


def admin_shell() -> AdminShell:
    """
    Return the frame of this admin page.
    """
    return kit().admin or AdminShell(service="")


def staff() -> Staff:
    """
    Return who looks at this admin page, as far as the shell shows it.
    """
    who = kit().who
    found = who() if who else None
    if isinstance(found, Staff):
        return found
    return Staff(
        name=getattr(found, "name", "") or "",
        permissions=frozenset(getattr(found, "permissions", ()) or ()),
    )


def sections() -> list[Section]:
    """
    Return the sections of this service that the member of staff may open.
    """
    allowed = staff().permissions
    return [entry for entry in admin_shell().sections if not entry.permission or entry.permission in allowed]


def stuck_count() -> int:
    """
    Return how many facts this service could not handle.
    """
    ask = admin_shell().stuck
    return ask() if ask else 0


def admin_url(service: str, path: str = "") -> str:
    """
    Return the address of *path* in another service's admin UI; without *path*, of its first page.
    """
    path = path or next(entry.href for entry in SERVICES if entry.key == service)
    base = "" if service == admin_shell().service else kit().admin_urls.get(service, "")
    return base.rstrip("/") + path
