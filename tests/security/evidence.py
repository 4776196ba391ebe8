"""What the tests of this folder look at: raw answers of the public API, and all that was ever written."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Any

from sqlalchemy import inspect, text
from werkzeug.test import TestResponse

from shared.db import Database
from shared.testing import answers_problem
from tests.journeys.world import Person, World

# Traces of having looked or tried; everything else is state.
PASSING = {
    "billing": {"inbox", "ledger_checks", "month_figures"},
    "catalog": {"inbox"},
    "customers": {"inbox", "outbox", "activities", "staff_sessions", "rate_hits"},
    "portal": {"inbox", "outbox", "portal_session", "live_event", "rate_hits"},
    "tickets": {"inbox"},
}

Rows = dict[str, Any]


def ask(person: Person, method: str, path: str, *, key: str | None = None, **sent: Any) -> TestResponse:
    """
    Return what the public API answers, whatever it is.
    """
    headers = {**person.headers, **sent.pop("headers", {})}
    if key is not None:
        headers["Idempotency-Key"] = key
    return person.client.open(f"/api/v1{path}", method=method, headers=headers, **sent)


def refused(answer: TestResponse, status: int, code: str, *pointers: str) -> dict[str, Any]:
    """
    Assert that the answer is this refusal and points at exactly these fields.
    """
    document = answers_problem(answer, status, code)
    assert [each["pointer"] for each in document.get("errors", [])] == list(pointers), document
    assert "Traceback" not in answer.text
    return document


@contextmanager
def untouched(world: World) -> Iterator[None]:
    """
    Assert that nothing was written or charged in the block, in any service or at the provider.
    """
    before = written(world)
    yield
    after = written(world)
    changed = sorted(name for name in after if after[name] != before[name])
    assert not changed, {name: (before[name], after[name]) for name in changed}


def quiet(world: World) -> None:
    """
    Wait until every fact told so far was heard by all.
    """
    world.until(lambda: world.carry() == 0, "all facts are heard")


def at_rest(world: World) -> None:
    """
    Wait until the clock's work is done, too: nothing is written for a second.
    """
    world.until(lambda: _nothing_new(world), "nothing is written any more")


def _nothing_new(world: World) -> bool:
    before = written(world)
    sleep(1)
    return written(world) == before


def written(world: World) -> Rows:
    """
    Return all that is kept: every row of every service, and what the provider holds.
    """
    found: Rows = {"provider": (list(world.provider.payments), dict(world.provider.refunds))}
    for service, db in world.databases.items():
        found |= {f"{service}.{name}": rows for name, rows in _tables(service, db)}
    return found


def _tables(service: str, db: Database) -> Iterator[tuple[str, Any]]:
    with db.read() as session:
        for name in _kept(service, db.url):
            columns = "id" if name == "outbox" else "*"  # whether it was sent yet says nothing
            yield name, sorted(map(str, session.execute(text(f'SELECT {columns} FROM "{name}"'))))


@functools.cache
def _kept(service: str, url: str) -> list[str]:
    db = Database(url)
    names = inspect(db.engine).get_table_names()
    db.close()
    return [name for name in names if name not in PASSING[service]]
