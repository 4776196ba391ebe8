"""
The outbox: a fact is written in the transaction that makes it true, and sent later by the relay.

``tell`` is a plain insert into the table ``outbox`` of the session's own database; nothing has to be wired.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    column,
    func,
    insert,
    select,
    table,
    text,
)
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from shared import clock
from shared.bulk import insert_rows
from shared.bus.doorbell import bell_of, ring
from shared.contracts.envelope import Envelope, wrap_all, wrap_rows
from shared.contracts.event import Event
from shared.db import Instant, after_commit

CHANNEL = "outbox"  # what PostgreSQL's LISTEN hears when a transaction that told something commits

outbox = table(
    "outbox",
    column("seq", BigInteger),
    column("id", String),
    column("type", String),
    column("aggregate_id", String),
    column("payload", LargeBinary),
    column("created_at", Instant),
    column("published_at", Instant),
    column("attempts", Integer),
    column("error", Text),
)


# Written out, not bound: a partial index serves only a query that repeats its condition word by word.
UNSENT = text("published_at IS NULL")

# Made once: SQLAlchemy takes longer to build a statement and look it up than to run it.
TELL = insert(outbox)
COLUMNS = ("id", "type", "aggregate_id", "payload", "created_at", "attempts")
MANY = 20  # facts of one transaction from which on the rows go to the driver at once
TOGETHER = "told_together"  # where a session keeps what is told until the end of the block
Row = tuple[object, ...]
NOTIFY = text(f"NOTIFY {CHANNEL}")


class OutboxRow:
    """
    Mixin for a service's table of facts to send: ``class Outbox(OutboxRow, Record)``.
    """

    __tablename__ = "outbox"

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Index, ...]:
        """
        Keep finding what is unsent cheap, however much was sent.
        """
        return (Index("ix_outbox_unsent", "seq", sqlite_where=UNSENT, postgresql_where=UNSENT),)

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[str] = mapped_column(String(40), unique=True)
    type: Mapped[str] = mapped_column(String(100))
    aggregate_id: Mapped[str] = mapped_column(String(100))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)


def tell(session: Session, fact: Event) -> Envelope:
    """
    State *fact* as part of the session's transaction; it is sent once that commits.
    """
    return tell_all(session, [fact])[0]


def tell_all(session: Session, facts: Iterable[Event]) -> list[Envelope]:
    """
    State several facts at once, in this order.
    """
    envelopes = wrap_all(list(facts))
    if envelopes:
        now = clock.real_now()
        _state(session, [_row(envelope, now) for envelope in envelopes])
    return envelopes


def tell_rows(
    session: Session, kind: type[Event], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """
    State a fact of one *kind* for each row, which holds its fields *names*: the same as ``tell_all``, faster.
    """
    if rows:
        now, name = clock.real_now(), kind.fact_name
        told = wrap_rows(kind, names, rows)
        _state(session, [(id, name, subject, payload, now, 0) for id, subject, payload in told])


@contextmanager
def told_together(session: Session) -> Iterator[None]:
    """
    Write what is told inside the block at its end, in order: for work on many, each of which tells a little.
    """
    rows: list[Row] = []
    session.info[TOGETHER] = rows
    try:
        yield
    finally:
        del session.info[TOGETHER]
    if rows:
        _write(session, rows)


def wake(session: Session) -> None:
    """
    Let relay and jobs of this service look for work as soon as the session's transaction commits.
    """
    transaction = session.get_nested_transaction() or session.get_transaction()
    if session.info.get("woken") is transaction:
        return
    session.info["woken"] = transaction
    engine = session.get_bind().engine
    if engine.dialect.name == "postgresql":
        session.execute(NOTIFY)
    else:
        after_commit(session, partial(ring, bell_of(engine)))


def backlog(session: Session) -> tuple[int, float]:
    """
    Return how many facts are unsent and how old the oldest of them is, in seconds.
    """
    found = select(func.count(), func.min(outbox.c.created_at)).where(UNSENT)
    count, oldest = session.execute(found).one()
    return count, (clock.real_now() - oldest).total_seconds() if oldest else 0.0


def _state(session: Session, rows: list[Row]) -> None:
    if (waiting := session.info.get(TOGETHER)) is not None:
        waiting += rows
    else:
        _write(session, rows)


def _write(session: Session, rows: list[Row]) -> None:
    if len(rows) < MANY:
        session.execute(TELL, [dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        insert_rows(session, outbox, COLUMNS, rows)
    wake(session)


def _row(envelope: Envelope, now: datetime) -> Row:
    return (envelope.id, envelope.type, envelope.subject, envelope.dump(), now, 0)
