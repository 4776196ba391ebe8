"""
Many rows at once: as fast as the driver goes, with the columns' own types.

``INSERT`` through the ORM costs a hundred times what the row does. Here SQLite gets one prepared statement
and PostgreSQL one ``COPY``, or one ``UPDATE`` over arrays. Neither tells the session: expire what it holds.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Dialect,
    Row,
    Table,
    TextClause,
    bindparam,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine, UserDefinedType

Values = Sequence[Any]
Processor = Callable[[Any], Any]


class _Many(UserDefinedType[Sequence[str]]):
    """
    Many texts as one: a JSON array on SQLite, the text of an array on PostgreSQL.
    """

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Processor:
        return json.dumps if dialect.name == "sqlite" else _array


class _Among(FunctionElement[bool]):
    inherit_cache = True  # no type: a Boolean one is compared with 1 on SQLite, and no index serves that


def among(column: InstrumentedAttribute[str], ids: Sequence[str]) -> ColumnElement[bool]:
    """
    Return the condition that *column* is one of many *ids*: one parameter, and one text for any number.

    ``IN`` has a parameter for each, which takes longer to write and to plan than the rows to find.
    """
    return _Among(column, bindparam(None, list(ids), type_=_Many()))


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: Any, **kwargs: Any) -> str:
    column, ids = (compiler.process(each, **kwargs) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: Any, **kwargs: Any) -> str:
    column, ids = (compiler.process(each, **kwargs) for each in element.clauses)
    return f"{column} = ANY(CAST({ids} AS VARCHAR[]))"


@lru_cache
def insert_unless_there(table: Table, names: tuple[str, ...], returning: str = "") -> TextClause:
    """
    Return the ``INSERT`` of the columns *names* that leaves a row that is there as it is, on both engines.

    SQLAlchemy's own is compiled anew each time it is used, which takes ten times as long as running it.
    """
    places = ", ".join(f":{name}" for name in names)
    sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places}) ON CONFLICT DO NOTHING"
    made = text(f"{sql} RETURNING {returning}" if returning else sql)
    return made.bindparams(*(bindparam(name, type_=table.c[name].type) for name in names))


def insert_rows(session: Session, record: Any, names: Sequence[str], rows: Sequence[Values]) -> None:
    """
    Insert *rows*, each with the values of the columns *names* in their order.
    """
    if not rows:
        return
    session.flush()
    connection, table = session.connection(), _table(record)
    ready = _ready(connection, table, names, rows)
    if connection.dialect.name == "postgresql":
        _copy(connection, table, names, ready)
    else:
        connection.exec_driver_sql(_insert(table, names), list(ready))


def insert_missing(session: Session, record: Any, names: Sequence[str], rows: Sequence[Values]) -> None:
    """
    Insert those of *rows* whose key is not there yet.
    """
    if not rows:
        return
    session.flush()
    connection, table = session.connection(), _table(record)
    ready = _ready(connection, table, names, rows)
    nothing = "ON CONFLICT DO NOTHING"
    if connection.dialect.name == "postgresql":
        listed = ", ".join(names)
        source = _arrays(connection, table, names)
        sql = f"INSERT INTO {table.name} ({listed}) SELECT {listed} FROM {source} {nothing}"
        connection.exec_driver_sql(sql, _turned(ready))
    else:
        connection.exec_driver_sql(f"{_insert(table, names)} {nothing}", list(ready))


def update_rows(
    session: Session, record: Any, keys: Sequence[str], names: Sequence[str], rows: Sequence[Values]
) -> None:
    """
    Set the columns *names* of the rows with these *keys*: each row holds the keys first, then the values.
    """
    if not rows:
        return
    session.flush()
    connection, table = session.connection(), _table(record)
    ready = _ready(connection, table, (*keys, *names), rows)
    if connection.dialect.name == "postgresql":
        new = ", ".join(f"{name} = v.{name}" for name in names)
        same = " AND ".join(f"t.{key} = v.{key}" for key in keys)
        source = _arrays(connection, table, (*keys, *names))
        sql = f"UPDATE {table.name} t SET {new} FROM {source} WHERE {same}"
        connection.exec_driver_sql(sql, _turned(ready))
        return
    new = ", ".join(f"{name} = ?" for name in names)
    same = " AND ".join(f"{key} = ?" for key in keys)
    turned = [(*row[len(keys) :], *row[: len(keys)]) for row in ready]
    connection.exec_driver_sql(f"UPDATE {table.name} SET {new} WHERE {same}", turned)


def plain_rows(session: Session, query: Executable) -> Sequence[Row[Any]]:
    """
    Return what *query* finds of columns (no records), without the work a session does for each row.
    """
    session.flush()
    return session.connection().execute(query).all()


def _table(record: Any) -> Table:
    found: Table = getattr(record, "__table__", record)
    return found


def _ready(
    connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Values]
) -> Iterable[Values]:
    """
    Yield the rows as the driver takes them, column by column, since most columns need nothing done.
    """
    columns: list[Iterable[Any]] = []
    for name, column in zip(names, zip(*rows, strict=True), strict=True):
        process = _processor(table.c[name].type, connection.dialect)
        columns.append(_processed(column, process) if process else column)
    return zip(*columns, strict=True)


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> Processor | None:
    if isinstance(kind, JSON):
        return json.dumps  # both take text; psycopg's own wrapper would be one more object a value
    return kind.dialect_impl(dialect).bind_processor(dialect)


class _Processed(dict[Any, Any]):
    def __init__(self, process: Processor) -> None:
        self.process = process

    def __missing__(self, value: Any) -> Any:
        self[value] = made = self.process(value)
        return made


def _processed(column: Sequence[Any], process: Processor) -> Iterable[Any]:
    """
    Return what makes the values of a column ready: worked out once for those that come again and again.
    """
    if all(kind.__hash__ for kind in set(map(type, column))):
        return map(_Processed(process).__getitem__, column)
    # What cannot be a key is known by its place in memory, which is its own while its row is here.
    same = {id(value): value for value in column}
    ready = {place: process(value) for place, value in same.items()}
    return [ready[id(value)] for value in column]


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Iterable[Values]) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _insert(table: Table, names: Sequence[str]) -> str:
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


def _arrays(connection: Connection, table: Table, names: Sequence[str]) -> str:
    """
    Return the text of a table ``v`` whose columns are arrays, the parameters.
    """
    arrays = ", ".join(f"%s::{table.c[name].type.compile(connection.dialect)}[]" for name in names)
    return f"unnest({arrays}) AS v({', '.join(names)})"


def _turned(rows: Iterable[Values]) -> tuple[str, ...]:
    return tuple(map(_array, zip(*rows, strict=True)))


def _array(values: Iterable[Any]) -> str:
    """
    Return the text of an array: psycopg takes several times as long to make one from a list.
    """
    return "{" + ",".join(map(_Processed(_element).__getitem__, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
