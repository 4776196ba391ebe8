"""
What happens around every request: an id, a trace, a deadline, the caller, and limits on what is read.
"""

import re
import secrets
import time
from contextlib import ExitStack
from typing import Any

import structlog
from flask import Flask, current_app, g, request
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge

from shared import context
from shared.errors import FieldError, Invalid, NotFound, Unavailable
from shared.ids import new_id
from shared.web import csrf, guard, ratelimit, strict

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")
LARGEST_BODY = 1_000_000
LONGEST_WAIT_MS = 60_000


def init_app(app: Flask) -> None:
    """
    Wrap every request of *app*.
    """
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY
    app.before_request(_begin)
    app.before_request(_refuse_large_bodies)
    app.before_request(_refuse_nul)
    app.before_request(_authorise)
    app.before_request(_refuse_unknown_parameters)
    app.teardown_request(_end)


def body_limit(size: int) -> Any:
    """
    Return a decorator that lets a view take bodies of up to *size* bytes instead of 1 MB.
    """

    def decorate(view: Any) -> Any:
        view.__body_limit__ = size
        return view

    return decorate


def deadline() -> float | None:
    """
    Return when the caller stops waiting, on the monotonic clock; None when it did not say.
    """
    return g.get("deadline") if g else None


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if REQUEST_ID.match(given) else new_id("req").removeprefix("req_")
    g.started = time.monotonic()
    ratelimit.forget_standing()
    g.stack = ExitStack()
    trace = request.headers.get("traceparent", "")
    traceparent = trace if TRACEPARENT.match(trace) else _new_trace()
    _work(correlation_id=g.request_id, traceparent=traceparent, actor="nobody", causation_id=None)
    g.stack.enter_context(structlog.contextvars.bound_contextvars(request_id=g.request_id))
    _take_deadline()


def _end(_error: BaseException | None) -> None:
    stack = g.pop("stack", None)
    if stack is not None:
        stack.close()


def _authorise() -> None:
    guard.authorise()
    caller = guard.principal()
    if caller.kind != "nobody":
        _work(actor=caller.actor, on_behalf_of=caller.on_behalf_of)
    csrf.protect(caller)


def _work(**changes: str | None) -> None:
    g.stack.enter_context(context.use(**changes))


def _take_deadline() -> None:
    given = request.headers.get("X-Deadline-Ms", "")
    if not given.isascii() or not given.isdecimal():
        return
    left = min(int(given[:9]), LONGEST_WAIT_MS)
    if left == 0:
        raise Unavailable(gettext("The time to answer was over before we began."))
    g.deadline = g.started + left / 1000


def _refuse_large_bodies() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    request.max_content_length = getattr(view, "__body_limit__", LARGEST_BODY)
    if (request.content_length or 0) > request.max_content_length:
        raise RequestEntityTooLarge


def _refuse_nul() -> None:
    # No database can store NUL in a text; a path with one names nothing.
    if "\x00" in request.path:
        raise NotFound
    pairs = list(request.args.items(multi=True))
    if not request.path.startswith("/api/"):  # reading a form uses the body up, which APIs refuse as it came
        pairs += request.form.items(multi=True)
    errors = [
        FieldError(f"#/{name}", "wrong_type", gettext("Remove the invisible characters."))
        for name, value in pairs
        if "\x00" in value
    ]
    if errors:
        raise Invalid(*errors)


def _refuse_unknown_parameters() -> None:
    if not request.args or not request.path.startswith("/api/") or request.routing_exception:
        return
    if not _reads_query():
        strict.refuse_parameters(set(request.args), set())


def _reads_query() -> bool:
    view = current_app.view_functions[request.endpoint or ""]
    handler = getattr(getattr(view, "view_class", None), request.method.lower(), view)
    documented = getattr(handler, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    return any(isinstance(each, dict) and each.get("in") == "query" for each in documented)


def _new_trace() -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
