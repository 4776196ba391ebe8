"""What becomes of a fact depends on what kind of failure it met."""

import sqlite3

import psycopg
import pytest
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from shared.bus.faults import Kind, NotYet, Outage, kind, outages, raise_outage, words
from shared.contracts.envelope import Undecodable
from shared.errors import Conflict, NotFound, TooMany, Unavailable


def sqlite_error(code: int) -> DBAPIError:
    error = sqlite3.OperationalError("trouble")
    error.sqlite_errorcode = code
    return OperationalError("SELECT", {}, error)


def postgres_error(cls: type[psycopg.Error]) -> DBAPIError:
    return DBAPIError("SELECT", {}, cls("trouble"))


def lost_connection() -> DBAPIError:
    return DBAPIError("SELECT", {}, psycopg.OperationalError("gone"), connection_invalidated=True)


CASES = {
    "a rule says no": (Conflict(), Kind.PARK),
    "what it names does not exist": (NotFound(), Kind.PARK),
    "a field is wrong": (ValidationError("no"), Kind.PARK),
    "no fact at all": (Undecodable("no"), Kind.PARK),
    "somebody does not answer": (Unavailable(), Kind.LATER),
    "too often": (TooMany(), Kind.LATER),
    "too early": (NotYet(), Kind.LATER),
    "a mistake of ours": (KeyError("x"), Kind.LATER),
    "sqlite: busy": (sqlite_error(sqlite3.SQLITE_BUSY), Kind.AGAIN),
    "sqlite: busy, extended": (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), Kind.AGAIN),
    "sqlite: disk full": (sqlite_error(sqlite3.SQLITE_FULL), Kind.OUTAGE),
    "sqlite: cannot open": (sqlite_error(sqlite3.SQLITE_CANTOPEN), Kind.OUTAGE),
    "sqlite: constraint": (sqlite_error(sqlite3.SQLITE_CONSTRAINT), Kind.LATER),
    "postgresql: deadlock": (postgres_error(psycopg.errors.DeadlockDetected), Kind.AGAIN),
    "postgresql: lock timeout": (postgres_error(psycopg.errors.LockNotAvailable), Kind.AGAIN),
    "postgresql: serialization": (postgres_error(psycopg.errors.SerializationFailure), Kind.AGAIN),
    "postgresql: shutting down": (postgres_error(psycopg.errors.AdminShutdown), Kind.OUTAGE),
    "postgresql: disk full": (postgres_error(psycopg.errors.DiskFull), Kind.OUTAGE),
    "postgresql: refused": (postgres_error(psycopg.OperationalError), Kind.OUTAGE),
    "postgresql: constraint": (postgres_error(psycopg.errors.UniqueViolation), Kind.LATER),
    "the connection is lost": (lost_connection(), Kind.OUTAGE),
    "no connection is free": (PoolExhausted(), Kind.OUTAGE),
}


@pytest.mark.parametrize(("error", "expected"), CASES.values(), ids=CASES)
def test_the_kind_of_a_failure(error: Exception, expected: Kind) -> None:
    assert kind(error) is expected


def test_an_operator_reads_the_code_of_a_refusal_and_not_too_much() -> None:
    assert words(Conflict("already settled")) == "conflict: already settled"
    assert words(KeyError("x")) == "KeyError: 'x'"
    assert len(words(ValueError("x" * 5000))) == 1000


def test_only_an_outage_is_raised_as_one() -> None:
    raise_outage(KeyError("x"))
    with pytest.raises(Outage):
        raise_outage(lost_connection())
    with pytest.raises(Outage), outages():
        raise sqlite_error(sqlite3.SQLITE_BUSY)
