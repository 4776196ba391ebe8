"""
Why money was given back, as it is kept: in English, and where we say it ourselves as a text with parameters.
"""

import json
from collections.abc import Mapping
from typing import Any

from shared.texts import Text, pack, unpack


def worded(reason: str) -> dict[str, Any]:
    """
    Return the columns that keep a reason.
    """
    return {"reason": str(reason), "because": pack(reason) if isinstance(reason, Text) else None}


def reason_of(reason: str, because: Mapping[str, Any] | None) -> str:
    """
    Return a kept reason: a text where it is ours, else what a person wrote, or what was said before.
    """
    return str(reason) if because is None else _text(because)


def told_because(because: Mapping[str, Any] | None) -> str:
    """
    Return a kept reason as facts carry it: JSON, for services that say it in other languages.
    """
    return json.dumps(because) if because else ""


def _text(because: Mapping[str, Any]) -> Text:
    found = unpack(because)
    assert isinstance(found, Text)
    return found
