"""
The ways a use case can refuse, and nothing about HTTP.

* Refusal
  - NotSignedIn   nobody is known to be calling
  - NotAllowed    this caller may not do it
  - NotFound      what was named does not exist (or belongs to somebody else)
  - Conflict      the rules say no in the present state
  - Gone          it existed and its time is over
  - Invalid       well-formed, but a field breaks a rule; carries the fields
  - TooMany       too often; try again later
  - Unavailable   something needed is not answering; try again later
"""

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass
from typing import Any, ClassVar

from shared.texts import Text


@dataclass(frozen=True)
class FieldError:
    """
    What is wrong with one field: *pointer* is a JSON pointer such as ``#/quantity``, *params* as in ``Text``.
    """

    pointer: str
    code: str
    detail: str
    params: InitVar[Mapping[str, Any] | None] = None

    def __post_init__(self, params: Mapping[str, Any] | None) -> None:
        if params or not isinstance(self.detail, Text):
            object.__setattr__(self, "detail", Text(self.detail, params))


ONE_FIELD = Text("1 field needs a change.")


class Refusal(Exception):
    """
    An anticipated "no", told to the caller under a stable *code*.

    *params* holds the numbers and words used in the text, as in ``Text``; *actions* what the caller may do
    next, each ``{"rel", "title", "method", "href"}``.
    """

    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "This cannot be done"

    def __init_subclass__(cls, *, code: str | None = None, title: str | None = None) -> None:
        if code:
            cls.code = code
        if title:
            cls.title = title

    def __init__(
        self,
        detail: str = "",
        *,
        params: Mapping[str, Any] | None = None,
        actions: Sequence[Mapping[str, str]] = (),
    ) -> None:
        made = isinstance(detail, Text) and detail.params
        text = detail if made else Text(detail or self.title, params)
        super().__init__(text)
        self.detail: str = text
        self.params = dict(params or {})
        self.actions = [dict(action) for action in actions]


class NotSignedIn(Refusal, code="authentication_required", title="Sign in first"):
    """
    Nobody is known to be calling.
    """


class NotAllowed(Refusal, code="not_allowed", title="You may not do this"):
    """
    The caller may not do this.
    """


class NotFound(Refusal, code="not_found", title="There is nothing here"):
    """
    What the caller named does not exist, or is not theirs.
    """


class Conflict(Refusal, code="conflict", title="Not possible in the present state"):
    """
    The rules refuse this in the present state.
    """


class Gone(Refusal, code="gone", title="Its time is over"):
    """
    What the caller named existed once.
    """


class Invalid(Refusal, code="validation_failed", title="Check these fields"):
    """
    The shape is right, but a field breaks a rule.
    """

    def __init__(self, *errors: FieldError, detail: str = "") -> None:
        several = Text("%(count)s fields need a change.", {"count": len(errors)})
        super().__init__(detail or (ONE_FIELD if len(errors) == 1 else several))
        self.errors = list(errors)


class TooMany(Refusal, code="rate_limited", title="Too many tries"):
    """
    The caller asked too often; *retry_after* is in seconds.
    """

    def __init__(self, detail: str = "", *, retry_after: int = 60) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(Refusal, code="upstream_unavailable", title="Not available right now"):
    """
    Something needed does not answer; *retry_after* is in seconds. Nothing was changed or charged.
    """

    def __init__(self, detail: str = "", *, retry_after: int = 5) -> None:
        super().__init__(detail)
        self.retry_after = retry_after
