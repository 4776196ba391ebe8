"""What the audit trail of runs and of changes of many says, in the reader's language."""

from collections.abc import Mapping

from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from billing.admin.shell import PREFIX

ACTIONS = {
    "run_halted": _l("Halted"),
    "run_continued": _l("Gone on with"),
    "bulk_change_withdrawn": _l("Taken back"),
}


PAGES = {
    "run": ("runs", _l("Billing run")),
    "blk": ("bulk-changes", _l("Change plans of many")),
    "act": ("bulk-acts", _l("Done to many")),
}


def teach(app: Flask) -> None:
    """
    Give the templates of *app* these words.
    """
    app.jinja_env.globals.update(done_word=done_word, done_where=done_where)


def done_word(action: str, details: Mapping[str, str]) -> object:
    """
    Return what was done, with the numbers known of it.
    """
    match action:
        case "run_started" if details.get("mode") == "issue":
            return _("Issuing started")
        case "run_started":
            return _("Preview started")
        case "run_retried":
            return _("Failed accounts tried again: %(count)s", count=details.get("accounts", ""))
        case "bulk_change_started" | "bulk_act_started":
            return _started(details)
        case "bulk_change_confirmed" | "bulk_act_confirmed":
            return _("Confirmed for %(count)s", count=_count(details))
        case "bulk_change_retried" | "bulk_act_retried":
            return _("Failed ones tried again: %(count)s", count=_count(details))
        case "bulk_act_any_card":
            return _("Cards that are not charged automatically taken in: %(count)s", count=_count(details))
    return ACTIONS.get(action, action)


def done_where(target: str) -> tuple[str, object] | None:
    """
    Return the page of what something was done to, and what it is.
    """
    page, what = PAGES.get(target.partition("_")[0], ("", ""))
    return (f"{PREFIX}/{page}/{target}", what) if page else None


def _started(details: Mapping[str, str]) -> object:
    if details.get("what") == "print":
        return _("PDFs of %(count)s asked for", count=_count(details))
    return _("Preview of %(count)s started", count=_count(details))


def _count(details: Mapping[str, str]) -> str:
    return details.get("services") or details.get("rows", "")
