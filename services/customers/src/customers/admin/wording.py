"""How a stored line of the activity log, and our own lists of choices, read in the page's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from customers.domain.texts import N_
from shared.texts import unpack
from shared.ui.formats import day, money, said
from shared.ui.service_words import reason_word
from shared.ui.statuses import STATUSES as WORDS

SOURCES = {
    "admin": _l("Admin"),
    "portal": _l("Customer portal"),
    "api": _l("API"),
    "billing": _l("Billing"),
    "system": _l("System"),
}
STATUSES = {
    "new": _l("New (not yet connected)"),
    "active": _l("Active"),
    "blocked": _l("Blocked"),
    "inactive": _l("Inactive (does not use services)"),
}
CATEGORIES = {"individual": _l("Individual"), "business": _l("Business")}
BILLING_TYPES = {
    "recurring": _l("Recurring payments"),
    "prepaid": _l("Prepaid (custom)"),
    "prepaid_daily": _l("Prepaid (daily)"),
}
LANGUAGES = {"en": "English", "de": "Deutsch"}
ROLES = {
    "administrator": _l("Administrator"),
    "support": _l("Support"),
    "billing": _l("Billing"),
    "catalogue": _l("Catalogue"),
    "platform": _l("Platform"),
}
MAIL_RULES = {
    "nobody": _l("No mail is sent: there is no address."),
    "all_to_main": _l("All mail goes to Email."),
    "split": _l("Bills go to the billing email only. Everything else goes to Email."),
    "billing_only": _l("Bills go to the billing email. Other mail is not sent."),
}
DECISIONS = {"accept": _l("accepted"), "refund": _l("sent back")}
SERVICES = {
    "service:billing": _l("Billing"),
    "service:catalog": _l("Catalogue"),
    "service:tickets": _l("Tickets"),
    "service:customers": _l("Customers"),
    "service:portal": _l("Portal"),
}


def line(words: str, params: Mapping[str, Any]) -> str:
    """
    Return a line of the log in the reader's language, money and dates included.
    """
    return str(gettext(words) % {name: _read(name, value) for name, value in params.items()})


def actor(name: str, people: Mapping[str, str]) -> str:
    """
    Return who did something, by name where we know it.
    """
    return people.get(name) or str(SERVICES.get(name, gettext("System")))


def _read(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, Mapping):
        return said(unpack(value)) if "text" in value else money(value)
    if name == "changes":
        return "; ".join(_change(change) for change in value)
    if name.endswith("_on") or name in {"on", "due_since"}:
        return day(str(value))
    return _word(name, value)


def _word(name: str, value: Any) -> str:
    if name == "reason":
        return reason_word(str(value))
    if name == "decision":
        return str(DECISIONS.get(str(value), value))
    # States of customers, services and orders share the same few words.
    if name not in {"old", "new", "status"}:
        return str(value)
    known = [
        WORDS[kind][str(value)] for kind in ("customer", "service", "order") if str(value) in WORDS[kind]
    ]
    return str(known[0][0]) if known else str(value)


def _change(change: Mapping[str, str]) -> str:
    words = N_("%(field)s from %(old)s to %(new)s") if change["old"] else N_("%(field)s to %(new)s")
    title = change["field"]
    shown = {**change, "field": gettext(title), "new": change["new"] or "-"}
    return str(gettext(words) % shown)
