"""What forms of staff say, as values; what they say wrongly is refused by the field."""

import re
from datetime import date

from flask import request
from flask_babel import gettext as _

from shared import ui
from shared.errors import FieldError, Invalid, Refusal
from shared.money import Money


def form_id(prefix: str) -> str:
    """
    Return the id the form carries for what it makes, so that sending it twice makes it once.

    :raises Invalid: if it is no id of that kind
    """
    key = request.form.get("key", "")
    if not re.fullmatch(rf"{prefix}_[0-9A-HJKMNP-TV-Z]{{26}}", key):
        raise Invalid(FieldError("#/key", "required", _("Open the form again")))
    return key


def money(name: str, currency: str) -> Money:
    """
    Return the amount typed; a comma is taken for the point.

    :raises Invalid: if it is none
    """
    try:
        return Money.parse(request.form.get(name, "").strip().replace(",", "."), currency)
    except ValueError:
        raise Invalid(FieldError(f"#/{name}", "required", _("Enter an amount such as 12.50"))) from None


def required_date(name: str) -> date:
    """
    Return the day typed.

    :raises Invalid: if it is none
    """
    found = typed_date(request.form.get(name, ""))
    if found is None:
        raise Invalid(FieldError(f"#/{name}", "required", _("Enter a day")))
    return found


def typed_date(text: str) -> date | None:
    """
    Return the day *text* is, or None.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def again(refusal: Refusal) -> ui.Form:
    """
    Return the form as it was sent, with what was refused about it.
    """
    errors = refusal.errors if isinstance(refusal, Invalid) else ()
    return ui.Form(request.form, errors, problem=None if errors else refusal)
