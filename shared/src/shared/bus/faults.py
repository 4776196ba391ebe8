"""
What kind of failure an exception is, and so what becomes of the fact that met it.

* PARK     trying again cannot help: a rule said no, or the bytes are not a fact
* AGAIN    another transaction was in the way: try again at once, in this process
* OUTAGE   the database itself is not there: keep the message, pause, and ask again later
* LATER    anything else: try again from the inbox, with growing pauses
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from shared.contracts.envelope import Undecodable
from shared.errors import Refusal, TooMany, Unavailable

Kind = Enum("Kind", "PARK AGAIN OUTAGE LATER")

_POSTGRES_AGAIN = {"40001", "40P01", "55P03"}  # serialization, deadlock, lock timeout
_POSTGRES_OUTAGE = ("08", "53", "57P", "58")  # connection, resources, shutdown, input/output
_SQLITE_AGAIN = {5, 6}  # busy, locked
_SQLITE_OUTAGE = {
    8,
    10,
    11,
    13,
    14,
    26,
}  # read-only, input/output, corrupt, full, cannot open, not a database


class NotYet(Exception):
    """
    Raised by a handler whose fact came before one it needs; it is tried again later, never parked at once.
    """


class Outage(Exception):
    """
    The database does not answer: nothing was decided about the messages in hand.
    """


def kind(error: BaseException) -> Kind:
    """
    Return what sort of failure *error* is.
    """
    if isinstance(error, Unavailable | TooMany):
        return Kind.LATER
    if isinstance(error, Refusal | ValidationError | Undecodable):
        return Kind.PARK
    if isinstance(error, PoolExhausted):
        return Kind.OUTAGE
    if isinstance(error, DBAPIError):
        return _database(error)
    return Kind.LATER


def raise_outage(error: Exception) -> None:
    """
    Raise Outage if that is what *error* means.
    """
    if kind(error) is Kind.OUTAGE or isinstance(error, Outage):
        raise Outage(words(error)) from error


@contextmanager
def outages() -> Iterator[None]:
    """
    Turn any failure of the database in the block into Outage: here nothing else can be done about it.
    """
    try:
        yield
    except DBAPIError as error:
        raise Outage(words(error)) from error


def words(error: BaseException) -> str:
    """
    Return what an operator should read about *error*, at most 1,000 characters.
    """
    code = f"{error.code}: " if isinstance(error, Refusal) else f"{type(error).__name__}: "
    return (code + str(error))[:1000]


def _database(error: DBAPIError) -> Kind:
    if error.connection_invalidated:
        return Kind.OUTAGE
    lite = getattr(error.orig, "sqlite_errorcode", None)
    if lite is not None:
        return Kind.AGAIN if lite & 255 in _SQLITE_AGAIN else _outage(lite & 255 in _SQLITE_OUTAGE)
    state = getattr(error.orig, "sqlstate", "") or ""
    if state in _POSTGRES_AGAIN:
        return Kind.AGAIN
    lost = not state and type(error.orig).__name__ == "OperationalError"
    return _outage(lost or state.startswith(_POSTGRES_OUTAGE))


def _outage(true: bool) -> Kind:
    return Kind.OUTAGE if true else Kind.LATER
