"""
Asking twice does it once: the answer to a keyed request is kept in the transaction of its effect.

``@idempotent()`` is for views whose whole work is one transaction of this service: they open it with
``transaction()``, and the decorator stores their answer in it. Two requests with one key never run together:
SQLite lets one writer in, PostgreSQL makes the second insert wait; then it gets the first one's answer.

``@reserved()`` is for views that call others (the gateway): a row first, then the calls, then the answer.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast, overload

from flask import current_app, g, request
from flask_babel import gettext
from sqlalchemy import Column, Integer, MetaData, String, Table, Text, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from werkzeug.wrappers import Response

from shared import clock
from shared.bulk import insert_unless_there
from shared.db import Instant
from shared.errors import Conflict, Refusal
from shared.web.guard import View, principal
from shared.web.strict import Malformed
from shared.web.wiring import database

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
KEPT = timedelta(days=7)
LEASE = timedelta(seconds=8)  # the longest a keyed request may take; whoever asks after that takes it over
PARAMETER = {
    "in": "header",
    "name": HEADER,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "Any text unique to this act; asking again with it gives the first answer.",
}


class KeyRequired(Malformed, code="idempotency_key_required", title="An Idempotency-Key is needed"):
    """
    The route moves money or opens work, and no key came with the request.
    """


class KeyReused(Refusal, code="idempotency_key_reused", title="This key was used for something else"):
    """
    The key came before, with another body.
    """

    status = 422


class InProgress(Conflict, code="request_in_progress", title="This is being worked on"):
    """
    The first request with this key has no answer yet.
    """

    retry_after = 1


class IdempotencyRow:
    """
    One keyed request and, once there is one, its answer; each service maps it on its own metadata.
    """

    __tablename__ = "idempotency"

    scope: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column(Integer)
    body: Mapped[str | None] = mapped_column(Text)
    location: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)


# The same table, for code that knows no service's classes.
_rows = Table(
    "idempotency",
    MetaData(),
    Column("scope", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("request_hash", String),
    Column("status", Integer),
    Column("body", Text),
    Column("location", Text),
    Column("created_at", Instant),
    Column("lease_until", Instant),
)


@dataclass(frozen=True)
class Answer:
    """
    What was answered the first time.
    """

    status: int
    body: str
    location: str | None = None


@dataclass(frozen=True)
class Kept:
    """
    The record of one keyed request; *answer* is there when it was answered before.
    """

    session: Session
    scope: str
    key: str
    answer: Answer | None

    def store(self, status: int, body: str, location: str | None = None) -> None:
        """
        Keep this answer, in the session's transaction.
        """
        values = {"status": status, "body": body, "location": location, "lease_until": None}
        self.session.execute(update(_rows).where(_is(self.scope, self.key)).values(**values))


def once(session: Session, scope: str, key: str, request_hash: str) -> Kept:
    """
    Note a keyed request in the session's transaction, or find the answer it had.

    :raises KeyReused: if the key came before with another body
    """
    if _insert(session, scope, key, request_hash, lease_until=None):
        return Kept(session, scope, key, None)
    row = _find(session, scope, key)
    if row.request_hash != request_hash:
        raise KeyReused
    return Kept(session, scope, key, _answer_of(row))


def reserve(session: Session, scope: str, key: str, request_hash: str) -> Kept:
    """
    Note that a keyed request is being worked on, for as long as the lease, or find the answer it had.

    :raises KeyReused: if the key came before with another body
    :raises InProgress: if somebody else is working on it
    """
    now = clock.real_now()
    if _insert(session, scope, key, request_hash, lease_until=now + LEASE):
        return Kept(session, scope, key, None)
    row = _find(session, scope, key)
    if row.request_hash != request_hash:
        raise KeyReused
    if row.status is None:
        _take_over(session, scope, key, now)
    return Kept(session, scope, key, _answer_of(row))


def release(session: Session, scope: str, key: str) -> None:
    """
    Forget a request that came to nothing, so that asking again tries again.
    """
    session.execute(delete(_rows).where(_is(scope, key), _rows.c.status.is_(None)))


def forget_old(session: Session) -> None:
    """
    Delete what is older than seven days.
    """
    session.execute(delete(_rows).where(_rows.c.created_at < clock.real_now() - KEPT))


@contextmanager
def transaction() -> Iterator[Session]:
    """
    Open the view's transaction; under ``@idempotent()`` it is the one that keeps the answer.
    """
    shared: Session | None = g.get("transaction")
    if shared is not None:
        yield shared
        return
    with database().begin() as session:
        yield session


def present_key() -> str | None:
    """
    Return the key of the present request, to be passed on to other services.
    """
    return request.headers.get(HEADER) or None


@overload
def idempotent(view: View) -> View: ...


@overload
def idempotent(*, required: bool = True) -> Callable[[View], View]: ...


def idempotent(view: View | None = None, *, required: bool = True) -> View | Callable[[View], View]:
    """
    Return the decorator for views whose work is one transaction, which they open with ``transaction()``.
    """
    decorate = functools.partial(_decorate, run=_in_one_transaction, required=required)
    return decorate if view is None else decorate(view)


@overload
def reserved(view: View) -> View: ...


@overload
def reserved(*, required: bool = True) -> Callable[[View], View]: ...


def reserved(view: View | None = None, *, required: bool = True) -> View | Callable[[View], View]:
    """
    Return the decorator for views that call other services.
    """
    decorate = functools.partial(_decorate, run=_around_calls, required=required)
    return decorate if view is None else decorate(view)


def _decorate(view: View, *, run: Callable[..., Response], required: bool) -> View:
    @functools.wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        key = _checked_key(required)
        if key is None:
            return view(*args, **kwargs)
        return run(lambda: current_app.make_response(view(*args, **kwargs)), _scope(), key, _hash())

    docs = deepcopy(getattr(view, "_apidoc", {}))
    parameters = docs.setdefault("arguments", {}).setdefault("parameters", [])
    parameters.append({**PARAMETER, "required": required})
    wrapper._apidoc = docs  # type: ignore[attr-defined]
    return cast(View, wrapper)


def _in_one_transaction(answer: Callable[[], Response], scope: str, key: str, request_hash: str) -> Response:
    with database().begin() as session:
        kept = once(session, scope, key, request_hash)
        if kept.answer is not None:
            return _replayed(kept.answer)
        g.transaction = session
        try:
            response = answer()
        finally:
            g.pop("transaction")
        kept.store(response.status_code, response.get_data(as_text=True), response.location)
        return response


def _around_calls(answer: Callable[[], Response], scope: str, key: str, request_hash: str) -> Response:
    with database().begin() as session:
        kept = reserve(session, scope, key, request_hash)
    if kept.answer is not None:
        return _replayed(kept.answer)
    try:
        response = answer()
    except Exception:
        # Whoever we called has the same key: trying again cannot do it twice.
        with database().begin() as session:
            release(session, scope, key)
        raise
    with database().begin() as session:
        kept = Kept(session, scope, key, None)
        kept.store(response.status_code, response.get_data(as_text=True), response.location)
    return response


def _checked_key(required: bool) -> str | None:
    key = request.headers.get(HEADER, "")
    if not key and required:
        raise KeyRequired(gettext("Send the header Idempotency-Key with any unique text."))
    if len(key) > LONGEST_KEY or not key.isascii() or (key and not key.isprintable()):
        raise Malformed(gettext("An Idempotency-Key has up to 255 plain characters."))
    return key or None


def _scope() -> str:
    caller = principal()
    return f"{caller.kind}:{caller.id}:{request.method} {request.path}"[:200]


def _hash() -> str:
    return hashlib.sha256(request.get_data(cache=True)).hexdigest()


def _replayed(answer: Answer) -> Response:
    response = Response(answer.body, answer.status, content_type="application/json")
    if answer.location:
        response.location = answer.location
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _insert(
    session: Session, scope: str, key: str, request_hash: str, *, lease_until: datetime | None
) -> bool:
    values = {
        "scope": scope,
        "key": key,
        "request_hash": request_hash,
        "created_at": clock.real_now(),
        "lease_until": lease_until,
    }
    statement = insert_unless_there(_rows, tuple(values), returning="key")
    return session.execute(statement, values).first() is not None


def _find(session: Session, scope: str, key: str) -> Any:
    found = session.execute(select(_rows).where(_is(scope, key))).first()
    if found is None:
        raise InProgress  # it was there a moment ago and its work was given up
    return found


def _take_over(session: Session, scope: str, key: str, now: datetime) -> None:
    free = _is(scope, key) & _rows.c.status.is_(None) & (_rows.c.lease_until < now)
    taken = session.execute(update(_rows).where(free).values(lease_until=now + LEASE).returning(_rows.c.key))
    if taken.first() is None:
        raise InProgress


def _answer_of(row: Any) -> Answer | None:
    return None if row.status is None else Answer(row.status, row.body, row.location)


def _is(scope: str, key: str) -> Any:
    return (_rows.c.scope == scope) & (_rows.c.key == key)
