"""
How often somebody may try, counted in the database: shared by all workers, surviving restarts.

Count in a transaction of its own: what the view refuses afterwards must not take the count back.

How the caller stands is remembered for the answer's headers (RateLimit, RateLimit-Policy): of several limits
the one with the fewest tries left.
"""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared import clock
from shared.db import Instant
from shared.errors import TooMany

LONGEST_KEY = 200


@dataclass(frozen=True)
class Standing:
    """
    Of *limit* tries under *key* in any *seconds* *left* are left; *reset* seconds from now there are more.
    """

    key: str
    limit: int
    seconds: int
    left: int
    reset: int
    policy: str = "tries"

    def headers(self) -> dict[str, str]:
        """
        Return it as the header fields of an answer.
        """
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.limit};w={self.seconds}',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.reset}',
        }


_standing: ContextVar[Standing | None] = ContextVar("rate_limit_standing", default=None)


def standing() -> Standing | None:
    """
    Return how the caller stands; None if nothing was limited in this request.
    """
    return _standing.get()


def forget_standing() -> None:
    """
    Begin another request.
    """
    _standing.set(None)


class RateHitRow:
    """
    One try; each service maps it on its own metadata.
    """

    __tablename__ = "rate_hits"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), index=True)
    at: Mapped[datetime] = mapped_column(Instant)


_hits = Table("rate_hits", MetaData(), Column("id", BigInteger), Column("key", String), Column("at", Instant))


def allow(session: Session, key: str, limit: int, seconds: int) -> None:
    """
    Count one try under *key*, of which *limit* are allowed in any *seconds*.

    :raises TooMany: if there were too many; this try is then not counted
    """
    refuse_when_reached(session, key, limit, seconds)
    count(session, key)


def refuse_when_reached(session: Session, key: str, limit: int, seconds: int) -> None:
    """
    Refuse if *limit* tries under *key* were counted in the last *seconds*; others wait until we commit.

    :raises TooMany: saying when the oldest of them no longer counts
    """
    now, key = clock.real_now(), _plain(key)
    _one_at_a_time(session, key)
    since = now - timedelta(seconds=seconds)
    session.execute(delete(_hits).where(_hits.c.key == key, _hits.c.at <= since))
    counted, oldest = session.execute(
        select(func.count(), func.min(_hits.c.at, type_=Instant())).where(_hits.c.key == key)
    ).one()
    free = oldest + timedelta(seconds=seconds) - now if oldest else timedelta(seconds=seconds)
    reset = max(1, round(free.total_seconds()))
    note(Standing(key, limit, seconds, left=max(0, limit - counted), reset=reset))
    if counted >= limit:
        raise TooMany(retry_after=reset)


def count(session: Session, key: str) -> None:
    """
    Count one try under *key*, such as a failed sign-in.
    """
    key, seen = _plain(key), _standing.get()
    session.execute(insert(_hits).values(key=key, at=clock.real_now()))
    if seen is not None and seen.key == key:
        _standing.set(replace(seen, left=max(0, seen.left - 1)))


def forgive(session: Session, key: str) -> None:
    """
    Forget the tries under *key*, as after a right password.
    """
    session.execute(delete(_hits).where(_hits.c.key == _plain(key)))


def note(new: Standing) -> None:
    """
    Remember how the caller stands, unless they stand worse already.
    """
    seen = _standing.get()
    if seen is None or new.left < seen.left:
        _standing.set(new)


def _plain(key: str) -> str:
    return key.strip().lower()[:LONGEST_KEY]


def _one_at_a_time(session: Session, key: str) -> None:
    # SQLite has one writer anyway.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": key})
