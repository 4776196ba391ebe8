"""
Who is acting, and as part of what: carried from the door to every fact, call and log line of one work.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Context:
    """
    *actor* is who really acts (``staff:stf_...``, ``customer:cus_...``, ``service:billing``); *on_behalf_of*
    is set while somebody acts as another (login as customer). *causation_id* is the fact that made us act.
    """

    actor: str = "system"
    on_behalf_of: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None


NOBODY = Context()

_current: ContextVar[Context] = ContextVar("ledgerline_context", default=NOBODY)


def current() -> Context:
    """
    Return the context of the present piece of work.
    """
    return _current.get()


@contextmanager
def use(**changes: str | None) -> Iterator[Context]:
    """
    Work in a changed context until the block ends.
    """
    token = _current.set(replace(_current.get(), **changes))  # type: ignore[arg-type]
    try:
        yield _current.get()
    finally:
        _current.reset(token)
