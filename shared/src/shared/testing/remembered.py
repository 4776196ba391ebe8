"""
What tests need not do twice: thousands of them make an engine and an application each, all alike.

A product's process makes one of each and keeps its compiled statements and templates. Here they are kept for
the whole test run instead: dialects of one kind count as the same one, and templates keep their code.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from shared import clock

_applications: dict[str, Flask] = {}


class _Alike:
    """
    Makes all dialects of a class equal, and lets their engines share what is compiled.
    """

    compiled: ClassVar[dict[Any, Any]]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=cls.compiled)


class SqliteAlike(_Alike, SQLiteDialect_pysqlite):
    """
    SQLite, as one dialect for all engines.
    """

    supports_statement_cache = True
    compiled: ClassVar[dict[Any, Any]] = {}


class PostgresqlAlike(_Alike, PGDialect_psycopg):
    """
    PostgreSQL, as one dialect for all engines.
    """

    supports_statement_cache = True
    compiled: ClassVar[dict[Any, Any]] = {}


class RememberedTemplates(BytecodeCache):
    """
    The code of templates, by their source, for every application of the process.
    """

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """
        Hand out the code, if there is some for this very source.
        """
        if known := self._code.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """
        Keep the code.
        """
        self._code[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


def remember() -> None:
    """
    Let every engine and application made from now on use what earlier ones have made.
    """
    registry.register("sqlite", __name__, SqliteAlike.__name__)
    registry.register("postgresql.psycopg", __name__, PostgresqlAlike.__name__)
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": RememberedTemplates()}


def kept(name: str, make: Callable[[], Flask], **wires: Any) -> Flask:
    """
    Return the application *make* made under *name* the first time, now over *wires* (db, settings, ports).

    An application holds nothing but its wires: one serves test after test as it serves request after request.
    """
    if name not in _applications:
        _applications[name] = make()
    app = _applications[name]
    app.extensions["ledgerline"] = replace(app.extensions["ledgerline"], **wires)
    clock.follow(None)
    return app
