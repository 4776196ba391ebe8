"""What happened to a service, or will, and why, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

PAUSE_REASONS = ("away", "moving", "saving", "other")
END_REASONS = ("moving", "too_expensive", "not_satisfied", "other_provider", "not_needed", "other")


def reason_word(code: str) -> str:
    """
    Return why a customer pauses or ends a service; what is no code of ours is somebody's own words.
    """
    words = {
        "away": _("I am away"),
        "saving": _("I want to save money"),
        "moving": _("I am moving"),
        "too_expensive": _("It is too expensive"),
        "not_satisfied": _("It does not work well"),
        "other_provider": _("I change to another provider"),
        "not_needed": _("I do not need it any more"),
        "other": _("Another reason"),
    }
    return str(words.get(code) or code)


def moment_word(moment: Mapping[str, Any]) -> str:
    """
    Return what happened, or will where it is not *done*; a code we do not know yet is shown as it is.
    """
    done, name = moment["done"], moment["name"]
    changed = _("Changed to %(plan)s", plan=name) if done else _("Will change to %(plan)s", plan=name)
    words = {
        "ordered": _("Ordered"),
        "approved": _("Approved"),
        "activated": _("Activated") if done else _("Will be activated"),
        "plan_changed": changed,
        "price_changed": _("Price changed") if done else _("Price will change"),
        "paused": _("Paused") if done else _("Will pause"),
        "resumed": _("Works again") if done else _("Will work again"),
        "stopped": _("Stopped"),
        "returned": _("Works again"),
        "ended": _("Ended") if done else _("Will end"),
    }
    return str(words.get(moment["code"]) or moment["code"].replace("_", " ").capitalize())
