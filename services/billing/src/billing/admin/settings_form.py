"""How settings are posted: an empty field inherits, and what cannot be read comes back with a hint."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_babel import gettext as _

from billing.admin.settings_words import wrong
from billing.domain.settings import Shown
from billing.domain.settings_fields import NEVER, Field, Unreadable, read, typed
from shared.errors import FieldError, Invalid


def posted(fields: tuple[Field, ...], *, currency: str) -> dict[str, Any]:
    """
    Return the values the form sets itself; what was left empty is inherited and not in it.

    :raises Invalid: naming every field that cannot be read
    """
    own: dict[str, Any] = {}
    errors = []
    for field in fields:
        text = request.form.get(field.name, "").strip()
        if not text:
            continue
        try:
            own[field.name] = read(field, _plain(text), currency=currency)
        except Unreadable:
            errors.append(FieldError(f"#/{field.name}", "out_of_range", wrong(field)))
    if errors:
        raise Invalid(*errors)
    return own


def values(fields: tuple[Field, ...], known: Mapping[str, Shown], *, currency: str) -> dict[str, str]:
    """
    Return the form as it stands: own values, and nothing where a value is inherited.
    """
    return {
        field.name: typed(field, known[field.name].value, currency=currency)
        for field in fields
        if known[field.name].overridden
    }


def _plain(text: str) -> str:
    return NEVER if text.casefold() == _("never") else text
