"""
The inbox: which facts each handler has had, in the transaction of the handler's own effect.

A row is *done* (a second delivery changes nothing), *retry* (it failed and will be tried again; later facts
of the same aggregate wait behind it) or *parked* (a person must look: "Stuck events").
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CursorResult,
    Index,
    Integer,
    LargeBinary,
    Select,
    String,
    Text,
    bindparam,
    column,
    delete,
    exists,
    func,
    insert,
    select,
    table,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from shared import clock
from shared.bus.outbox import wake
from shared.context import current
from shared.db import Instant
from shared.errors import NotFound

LADDER_SECONDS = (1, 10, 60, 600, 3600)
JITTER = 0.2
KEEP_DAYS = 30


class State(StrEnum):
    """
    What became of one fact at one handler.
    """

    DONE = "done"
    RETRY = "retry"
    PARKED = "parked"


inbox = table(
    "inbox",
    column("consumer", String),
    column("event_id", String),
    column("type", String),
    column("aggregate_id", String),
    column("state", String),
    column("attempts", Integer),
    column("next_at", Instant),
    column("error", Text),
    column("payload", LargeBinary),
    column("received_at", Instant),
)

# Written out, not bound: a partial index serves only a query that repeats its condition word by word.
OPEN = text("state <> 'done'")


# Made once, since each batch asks: building a statement takes longer than running it.
RETRYING = select(inbox.c.consumer, inbox.c.aggregate_id).where(OPEN, inbox.c.state == State.RETRY)
FIRST_RETRYING = RETRYING.limit(1)


class InboxRow:
    """
    Mixin for a service's table of facts heard: ``class Inbox(InboxRow, Record)``.
    """

    __tablename__ = "inbox"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Index, ...]:
        """
        Keep finding what is unfinished cheap, however much was heard.
        """
        open_only = Index(
            "ix_inbox_open", "consumer", "aggregate_id", sqlite_where=OPEN, postgresql_where=OPEN
        )
        return (open_only,)

    consumer: Mapped[str] = mapped_column(String(100), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    type: Mapped[str] = mapped_column(String(100))
    aggregate_id: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime | None] = mapped_column(Instant)
    error: Mapped[str | None] = mapped_column(Text)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """
    One fact one handler could not take: parked, or still being retried.
    """

    consumer: str
    event_id: str
    type: str
    aggregate_id: str
    state: str
    attempts: int
    next_at: datetime | None
    error: str | None
    payload: bytes | None
    received_at: datetime

    @property
    def text(self) -> str:
        """
        The payload as a person can read it.
        """
        return (self.payload or b"").decode(errors="replace")


Key = tuple[str, str]

# One array per column: a statement of fixed text, where one of rows would be parsed anew for every batch.
ARRAYS = {
    "consumer": "text",
    "event_id": "text",
    "type": "text",
    "aggregate_id": "text",
    "state": "text",
    "attempts": "int",
    "next_at": "timestamptz",
    "error": "text",
    "payload": "bytea",
    "received_at": "timestamptz",
}
RECEIVE = text(
    f"INSERT INTO inbox ({', '.join(ARRAYS)})"
    f" SELECT * FROM unnest({', '.join(f'CAST(:{name} AS {kind}[])' for name, kind in ARRAYS.items())})"
    " ON CONFLICT DO NOTHING RETURNING consumer, event_id"
)


def stuck(session: Session, *, limit: int = 200) -> list[Stuck]:
    """
    Return what is parked or being retried, oldest first.
    """
    rows = session.execute(_stuck().order_by(inbox.c.state, inbox.c.received_at).limit(limit))
    return [Stuck(**row) for row in rows.mappings()]


def count_open(session: Session) -> dict[str, int]:
    """
    Count what is parked and what is being retried.
    """
    counts = select(inbox.c.state, func.count()).where(OPEN).group_by(inbox.c.state)
    return dict(session.execute(counts).tuples().all())


def replay(session: Session, event_id: str, *, consumer: str | None = None) -> int:
    """
    Have a parked fact tried again at once, with all its attempts; return at how many handlers.

    :raises NotFound: if no such fact is parked
    """
    now = clock.real_now()
    return _unpark(session, event_id, consumer, state=State.RETRY, attempts=0, next_at=now)


def discard(session: Session, event_id: str, reason: str, *, consumer: str | None = None) -> int:
    """
    Count a parked fact as done without its effect, noting who decided so and why.

    :raises NotFound: if no such fact is parked
    """
    note = f"discarded by {current().actor}: {reason}"
    return _unpark(session, event_id, consumer, state=State.DONE, next_at=None, error=note)


def receive(session: Session, rows: list[dict[str, Any]]) -> set[Key]:
    """
    Insert *rows* (see ``row``) unless they are there already; return the keys that are new.
    """
    # In one order everywhere, so that two consumers with the same facts cannot block each other for ever.
    ordered = sorted(rows, key=lambda row: (row["consumer"], row["event_id"]))
    if session.get_bind().dialect.name == "sqlite":
        return _receive_alone(session, ordered)
    found = session.execute(RECEIVE, {name: [row[name] for row in ordered] for name in ARRAYS})
    return {(consumer, event_id) for consumer, event_id in found}


def row(
    consumer: str, event_id: str, *, type: str, aggregate_id: str, received_at: datetime
) -> dict[str, Any]:
    """
    Return a row for a fact that is about to be handled.
    """
    return {
        "consumer": consumer,
        "event_id": event_id,
        "type": type[:100],
        "aggregate_id": aggregate_id[:100],
        "state": State.DONE,
        "attempts": 0,
        "next_at": None,
        "error": None,
        "payload": None,
        "received_at": received_at,
    }


def waiting(session: Session, aggregates: Collection[str]) -> set[Key]:
    """
    Return (consumer, aggregate) of those *aggregates* that have a fact in retry.
    """
    if not session.execute(FIRST_RETRYING).first():
        return set()
    rows = session.execute(RETRYING.where(inbox.c.aggregate_id.in_(aggregates)).distinct())
    return {(consumer, aggregate) for consumer, aggregate in rows}


def due(session: Session, *, limit: int = 100) -> list[Key]:
    """
    Return the facts whose next try has come, oldest first; of each aggregate only the first in line.
    """
    rows = session.execute(DUE, {"now": clock.real_now(), "limit": limit})
    return [(consumer, event_id) for consumer, event_id in rows]


def take(session: Session, key: Key) -> Stuck | None:
    """
    Lock one due fact for this transaction; None if somebody else has it or it is no longer due.
    """
    statement = (
        _stuck()
        .where(_is(key), inbox.c.state == State.RETRY, inbox.c.next_at <= clock.real_now())
        .with_for_update(skip_locked=True)
    )
    found = session.execute(statement).mappings().first()
    return Stuck(**found) if found else None


def settle(session: Session, key: Key) -> None:
    """
    Mark a retried fact as done.
    """
    session.execute(
        update(inbox).where(_is(key)).values(state=State.DONE, payload=None, next_at=None, error=None)
    )


def fail(session: Session, key: Key, *, attempts: int, error: str, final: bool) -> State:
    """
    Note a failed try: the next rung of the ladder, or parked when *final* or after the last rung.
    """
    parked = final or attempts > len(LADDER_SECONDS)
    state = State.PARKED if parked else State.RETRY
    next_at = None if parked else clock.real_now() + pause(attempts)
    session.execute(
        update(inbox)
        .where(_is(key))
        .values(state=state, attempts=attempts, next_at=next_at, error=error[:1000])
    )
    return state


def pause(attempts: int) -> timedelta:
    """
    Return how long to wait after that many failed tries, give or take a fifth.
    """
    seconds = LADDER_SECONDS[min(attempts, len(LADDER_SECONDS)) - 1]
    return timedelta(seconds=seconds * random.uniform(1 - JITTER, 1 + JITTER))


def forget_old(session: Session) -> int:
    """
    Delete what was done more than 30 days ago; return how many rows.
    """
    before = clock.real_now() - timedelta(days=KEEP_DAYS)
    result = session.execute(delete(inbox).where(inbox.c.state == State.DONE, inbox.c.received_at < before))
    return _count(result)


def _receive_alone(session: Session, rows: list[dict[str, Any]]) -> set[Key]:
    # SQLite has one writer, us: what we do not see now cannot come between.
    known = select(inbox.c.consumer, inbox.c.event_id).where(
        inbox.c.consumer.in_({row["consumer"] for row in rows}),
        inbox.c.event_id.in_({row["event_id"] for row in rows}),
    )
    had = set(session.execute(known).tuples())
    new = {(row["consumer"], row["event_id"]): row for row in rows}
    for key in had:
        new.pop(key, None)
    if new:
        session.execute(insert(inbox), list(new.values()))
    return set(new)


def _stuck() -> Select[Any]:
    return select(*(inbox.c[name] for name in Stuck.__dataclass_fields__)).where(OPEN)


def _heads() -> Select[Any]:
    earlier = inbox.alias("earlier")
    behind = exists().where(
        text("earlier.state <> 'done'"),
        earlier.c.state == State.RETRY,
        earlier.c.consumer == inbox.c.consumer,
        earlier.c.aggregate_id == inbox.c.aggregate_id,
        earlier.c.received_at < inbox.c.received_at,
    )
    return select(inbox.c.consumer, inbox.c.event_id).where(
        text("inbox.state <> 'done'"), inbox.c.state == State.RETRY, ~behind
    )


DUE = (
    _heads()
    .where(inbox.c.next_at <= bindparam("now"))
    .order_by(inbox.c.received_at)
    .limit(bindparam("limit", type_=Integer))
)


def _is(key: Key) -> Any:
    return (inbox.c.consumer == key[0]) & (inbox.c.event_id == key[1])


def _unpark(session: Session, event_id: str, consumer: str | None, **values: Any) -> int:
    statement = update(inbox).where(inbox.c.event_id == event_id, inbox.c.state == State.PARKED)
    if consumer is not None:
        statement = statement.where(inbox.c.consumer == consumer)
    count = _count(session.execute(statement.values(**values)))
    if not count:
        raise NotFound(f"No stuck event {event_id}.")
    wake(session)
    return count


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
