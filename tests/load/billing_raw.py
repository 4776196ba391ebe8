"""
The raw ceiling of a billing run: the very rows it wrote, written again by the driver alone.

``COPY`` on PostgreSQL, one prepared statement on SQLite, as many accounts a commit as a run takes. Nothing is
read, worked out, locked or moved on, so no run can be as fast.
"""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from billing.usecases.work_billing_run import BATCH
from shared.db import Database

# Each with what its rows are ordered by: what belongs together is written together.
TABLES = {
    "invoices": "id",
    "invoice_lines": "invoice_id",
    "journal_tx": "id",
    "journal_entries": "tx_id",
    "outbox": "seq",
}
Row = tuple[Any, ...]


def ceiling(billed: Database, empty: Database, *, count: int) -> float:
    """
    Write what the run of *billed* wrote for *count* accounts into *empty*; return how many a second.
    """
    with billed.engine.connect() as connection:
        tables = {table: _rows(connection, table, order) for table, order in TABLES.items()}
    began = time.monotonic()
    for start in range(0, count, BATCH):
        with empty.begin() as session:
            for table, (names, rows) in tables.items():
                each = len(rows) / count
                part = rows[round(start * each) : round(min(start + BATCH, count) * each)]
                _write(session.connection(), table, names, part)
    return count / (time.monotonic() - began)


def _rows(connection: Connection, table: str, order: str) -> tuple[Sequence[str], list[Row]]:
    found = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY {order}")
    return list(found.keys()), [tuple(_plain(row)) for row in found]


def _plain(row: Sequence[Any]) -> Iterator[Any]:
    return (json.dumps(value) if isinstance(value, dict | list) else value for value in row)


def _write(connection: Connection, table: str, names: Sequence[str], rows: list[Row]) -> None:
    columns = ", ".join(names)
    if connection.dialect.name == "sqlite":
        places = ", ".join("?" * len(names))
        connection.exec_driver_sql(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
