"""
What a form shows when it comes back: the values that were typed and what is wrong with them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.errors import FieldError, Refusal
from shared.ui.formats import said


@dataclass(frozen=True)
class Form:
    """
    The *values* and *errors* of one form; *prefix* keeps ids apart when a page has several.
    """

    values: Any = field(default_factory=dict)
    errors: Sequence[FieldError] = ()
    prefix: str = "f-"
    problem: Refusal | None = None

    def value(self, name: str, default: Any = "") -> Any:
        """
        Return what field *name* shows.
        """
        found = (
            self.values.get(name) if isinstance(self.values, Mapping) else getattr(self.values, name, None)
        )
        return default if found is None else found

    def chosen(self, name: str) -> list[str]:
        """
        Return every chosen value of a field that allows several.
        """
        if hasattr(self.values, "getlist"):
            return [str(value) for value in self.values.getlist(name)]
        found = self.value(name, [])
        return [str(value) for value in ([found] if isinstance(found, str) else found)]

    def error(self, name: str) -> str:
        """
        Return what is wrong with field *name*, or nothing.
        """
        return next((self.said(error) for error in self.errors if field_name(error) == name), "")

    def said(self, refused: FieldError | Refusal) -> str:
        """
        Return what is wrong, in the reader's language.
        """
        return said(refused.detail)

    def id(self, name: str) -> str:
        """
        Return the element id of field *name*.
        """
        return self.prefix + name.replace(".", "-").replace("[", "-").replace("]", "")

    def named(self, error: FieldError) -> str:
        """
        Return the name of the field *error* points at.
        """
        return field_name(error)

    @property
    def failed(self) -> bool:
        """
        Whether the form came back.
        """
        return bool(self.errors) or self.problem is not None


def field_name(error: FieldError) -> str:
    """
    Return the form field an error points at: ``#/address/street`` is ``address.street``.
    """
    return error.pointer.lstrip("#").lstrip("/").replace("/", ".")
