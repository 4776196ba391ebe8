"""
JSON lines on standard output: one event per line, in UTC, with who acted and as part of what.

Never bodies, never secrets; a value is cut at 2,000 characters and JSON escapes newlines and terminal codes.
"""

import logging
import sys
from functools import lru_cache
from typing import Any, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from shared import clock, context

LONGEST_VALUE = 2_000
LONGEST_TRACEBACK = 20_000
HIDDEN = ("password", "secret", "token", "authorization", "cookie", "api_key", "card_number", "cvc")


def get_logger() -> FilteringBoundLogger:
    """
    Return the logger to write with: ``log.warning("provider_timeout", order_id=...)``.
    """
    return cast(FilteringBoundLogger, structlog.get_logger())


def configure(service: str, level: str = "INFO") -> None:
    """
    Send everything the process logs, through structlog or the standard library, out as JSON lines.
    """
    shared_steps: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _add_context(service),
    ]
    last_steps: list[Any] = [
        structlog.processors.format_exc_info,
        _cut_and_hide,
        structlog.processors.JSONRenderer(default=str),
    ]
    structlog.configure(
        processors=[*shared_steps, *last_steps],
        logger_factory=structlog.WriteLoggerFactory(),  # our own lines go the short way
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared_steps,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last_steps],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)  # readiness asks it every few seconds


def _add_context(service: str) -> Any:
    def add(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        now = context.current()
        event["at"] = clock.real_now().isoformat(timespec="milliseconds")
        event["service"] = service
        facts = {
            "actor": now.actor if now.actor != "system" else None,
            "on_behalf_of": now.on_behalf_of,
            "correlation_id": now.correlation_id,
            "event_id": now.causation_id,
            "trace_id": now.traceparent.split("-")[1] if now.traceparent else None,
        }
        for name, value in facts.items():
            if value is not None:
                event.setdefault(name, value)
        return event

    return add


def _cut_and_hide(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    return {name: _safe(name, value) for name, value in event.items()}


def _safe(name: str, value: Any) -> Any:
    if _is_secret(name):
        return "[hidden]"
    longest = LONGEST_TRACEBACK if name == "exception" else LONGEST_VALUE
    if isinstance(value, int | float | bool) or value is None:
        return value
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= longest else text[:longest] + "..."


@lru_cache(1_000)
def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in HIDDEN)
