"""What happened to a service, or will, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _


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
