"""
A topic broker in one SQLite file; knows nothing of kombu.

A message is leased when handed out, deleted when acknowledged, and given back when its owner dies or its
lease ends. Publishing is synced to disk; leases and acknowledgements are not: losing one only delivers again.
"""

import fcntl
import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from shared.bus.doorbell import listening, ring
from shared.bus.sqlbus.files import OwnerLock, is_dead, refuse_network
from shared.bus.sqlbus.routes import Routes
from shared.bus.topology import DELIVERY_LIMIT, dead_letters_of
from shared.turns import begin_writing

LEASE_SECONDS = 60.0
REAP_SECONDS = 1.0
BUSY_SECONDS = 30.0

SCHEMA = """
CREATE TABLE IF NOT EXISTS exchange (name TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS queue (name TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS binding (
    exchange TEXT, pattern TEXT, queue TEXT, PRIMARY KEY (exchange, pattern, queue)
);
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    head TEXT NOT NULL,
    body BLOB,
    deliveries INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    lease_until REAL
);
CREATE INDEX IF NOT EXISTS message_ready ON message (queue, id) WHERE owner IS NULL;
CREATE INDEX IF NOT EXISTS message_leased ON message (owner) WHERE owner IS NOT NULL;
"""


class Letter(NamedTuple):
    """
    A message on its way in: *head* is JSON text the store does not read.
    """

    exchange: str
    key: str
    head: str
    body: bytes | str


class Held(NamedTuple):
    """
    A message handed out; *deliveries* counts the earlier times.
    """

    id: int
    deliveries: int
    head: str
    body: bytes | str

    @property
    def message_id(self) -> str:
        """
        The id its publisher gave it.
        """
        return str(json.loads(self.head)["properties"].get("message_id", ""))

    @property
    def routing_key(self) -> str:
        """
        The key it was published with.
        """
        return str(json.loads(self.head)["properties"]["delivery_info"]["routing_key"])

    @property
    def octets(self) -> bytes:
        """
        The body as bytes.
        """
        return self.body.encode() if isinstance(self.body, str) else self.body


class Store:
    """
    One connection's view of the bus at *path*.
    """

    def __init__(self, path: Path) -> None:
        refuse_network(path.absolute())
        path.parent.mkdir(parents=True, exist_ok=True)
        self._owners = Path(f"{path}.owners")
        self._synced = _open(path, "FULL")
        self._light = _open(path, "NORMAL")
        self._lock, self._line = threading.RLock(), threading.Lock()
        self._reap_at = 0.0
        self.owner = OwnerLock(self._owners)
        self._bells = Path(f"{path}.bells")
        self._doorbell = listening(self._light)

    def close(self) -> None:
        """
        Give back whatever is still held, and let go of the file.
        """
        with self._lock:
            self._give_back("owner = ?", [self.owner.name])
            self._doorbell.close()
            self._synced.close()
            self._light.close()
            self.owner.release()

    # -- shape

    def declare_exchange(self, name: str) -> None:
        """
        Make the topic exchange *name*, unless it is there.
        """
        if not self._has("exchange", name):
            self._change("INSERT OR IGNORE INTO exchange VALUES (?)", name)

    def has_exchange(self, name: str) -> bool:
        """
        Tell whether the exchange *name* was declared.
        """
        return self._has("exchange", name)

    def declare_queue(self, name: str) -> None:
        """
        Make the queue *name*, unless it is there.
        """
        if not self.has_queue(name):
            self._change("INSERT OR IGNORE INTO queue VALUES (?)", name)

    def has_queue(self, name: str) -> bool:
        """
        Tell whether the queue *name* was declared.
        """
        return self._has("queue", name)

    def delete_queue(self, name: str) -> None:
        """
        Remove the queue *name*, its bindings and its messages.
        """
        with self._transaction(self._synced) as db:
            db.execute("DELETE FROM message WHERE queue = ?", [name])
            db.execute("DELETE FROM binding WHERE queue = ?", [name])
            db.execute("DELETE FROM queue WHERE name = ?", [name])

    def bind(self, queue: str, exchange: str, pattern: str) -> None:
        """
        Have facts whose key matches *pattern* put into *queue*.
        """
        if (exchange, pattern, queue) not in self.bindings():
            self._change("INSERT OR IGNORE INTO binding VALUES (?, ?, ?)", exchange, pattern, queue)

    def unbind(self, queue: str, exchange: str, pattern: str) -> None:
        """
        Undo ``bind``.
        """
        self._change(
            "DELETE FROM binding WHERE exchange = ? AND pattern = ? AND queue = ?", exchange, pattern, queue
        )

    def bindings(self) -> list[tuple[str, str, str]]:
        """
        Return every (exchange, pattern, queue).
        """
        return self._synced.execute("SELECT exchange, pattern, queue FROM binding").fetchall()

    def queues(self) -> list[str]:
        """
        Return the names of all queues.
        """
        return [name for (name,) in self._synced.execute("SELECT name FROM queue ORDER BY name")]

    # -- messages

    def publish(self, letters: Sequence[Letter]) -> list[bool]:
        """
        Put each letter into every queue it is bound to, all or none; tell which reached at least one.
        """
        with self._transaction(self._synced) as db:
            routes = Routes(db)
            queues = [routes.find(letter.exchange, letter.key) for letter in letters]
            db.executemany(
                "INSERT INTO message (queue, head, body) VALUES (?, ?, ?)",
                [
                    (queue, letter.head, letter.body)
                    for letter, found in zip(letters, queues, strict=True)
                    for queue in found
                ],
            )
        self._ring({queue for found in queues for queue in found})
        return [bool(found) for found in queues]

    def wait(self, seconds: float) -> bool:
        """
        Return True as soon as something was put into a queue ``lease`` was asked for, False after *seconds*.
        """
        return self._doorbell.wait(seconds)

    def lease(self, queue: str, limit: int) -> list[Held]:
        """
        Take up to *limit* messages from the head of *queue*.
        """
        self._doorbell.to(self._bell(queue))  # before looking, so that nothing comes between
        self._reap()
        ready = "SELECT id FROM message WHERE queue = ? AND owner IS NULL ORDER BY id LIMIT ?"
        # A cheap look first, so that an idle consumer never asks for the write lock.
        if self._light.execute(ready, [queue, 1]).fetchone() is None:
            return []
        with self._transaction(self._light) as db:
            rows = db.execute(
                "UPDATE message SET owner = ?, lease_until = ?, deliveries = deliveries + 1"
                f" WHERE id IN ({ready}) RETURNING id, deliveries - 1, head, body",
                [self.owner.name, _wall_time() + LEASE_SECONDS, queue, limit],
            ).fetchall()
        return [Held(*row) for row in sorted(rows)]

    def acknowledge(self, ids: Iterable[int]) -> None:
        """
        Delete messages that were handled, if they are still ours.
        """
        mine = [(id, self.owner.name) for id in ids]
        with self._transaction(self._light) as db:
            db.executemany("DELETE FROM message WHERE id = ? AND owner = ?", mine)

    def requeue(self, ids: Iterable[int]) -> None:
        """
        Put messages back at their old place in their own queue; those returned too often become dead letters.
        """
        for id in ids:
            self._give_back("id = ? AND owner = ?", [id, self.owner.name])

    def untouched(self, ids: Iterable[int]) -> None:
        """
        Put messages back that nobody has looked at, as if they had never been handed out.
        """
        with self._transaction(self._light) as db:
            db.executemany(
                "UPDATE message SET owner = NULL, lease_until = NULL, deliveries = deliveries - 1"
                " WHERE id = ? AND owner = ?",
                [(id, self.owner.name) for id in ids],
            )

    def bury(self, ids: Iterable[int]) -> None:
        """
        Move refused messages to their dead letters; where there are none, delete them.
        """
        with self._transaction(self._light) as db:
            for id in ids:
                _bury(db, "id = ? AND owner = ?", [id, self.owner.name])

    def size(self, queue: str) -> int:
        """
        Count the messages of *queue*, those handed out included.
        """
        count = "SELECT count(*) FROM message WHERE queue = ?"
        return int(self._synced.execute(count, [queue]).fetchone()[0])

    def peek(self, queue: str, limit: int) -> list[Held]:
        """
        Return the first messages of *queue* without taking them.
        """
        rows = self._synced.execute(
            "SELECT id, deliveries, head, body FROM message WHERE queue = ? ORDER BY id LIMIT ?",
            [queue, limit],
        )
        return [Held(*row) for row in rows]

    def move(self, source: str, target: str) -> int:
        """
        Move everything that waits in *source* to the end of *target*, counted afresh; return how many.
        """
        with self._transaction(self._synced) as db:
            moved = db.execute(
                "INSERT INTO message (queue, head, body) SELECT ?, head, body FROM message"
                " WHERE queue = ? AND owner IS NULL ORDER BY id",
                [target, source],
            ).rowcount
            db.execute("DELETE FROM message WHERE queue = ? AND owner IS NULL", [source])
        self._ring([target])
        return moved

    def purge(self, queue: str) -> int:
        """
        Delete everything in *queue*; return how many messages.
        """
        with self._transaction(self._synced) as db:
            return db.execute("DELETE FROM message WHERE queue = ?", [queue]).rowcount

    # -- inside

    def _has(self, table: str, name: str) -> bool:
        return self._synced.execute(f"SELECT 1 FROM {table} WHERE name = ?", [name]).fetchone() is not None

    def _change(self, statement: str, *values: str) -> None:
        with self._transaction(self._synced) as db:
            db.execute(statement, values)

    def _reap(self) -> None:
        if time.monotonic() < self._reap_at:
            return
        self._reap_at = time.monotonic() + REAP_SECONDS
        leased = "SELECT owner, max(lease_until) FROM message WHERE owner IS NOT NULL AND owner <> ?"
        for owner, until in self._light.execute(f"{leased} GROUP BY owner", [self.owner.name]).fetchall():
            if until < _wall_time() or is_dead(self._owners, owner):
                self._give_back("owner = ?", [owner])

    def _give_back(self, condition: str, values: Sequence[object]) -> None:
        with self._transaction(self._light) as db:
            _bury(db, f"{condition} AND deliveries > {DELIVERY_LIMIT}", values)
            given_back = "UPDATE message SET owner = NULL, lease_until = NULL"
            queues = db.execute(f"{given_back} WHERE {condition} RETURNING queue", values).fetchall()
        self._ring({queue for (queue,) in queues})

    def _bell(self, queue: str) -> Path:
        return self._bells / quote(queue, safe="")

    def _ring(self, queues: Iterable[str]) -> None:
        for queue in queues:
            ring(self._bell(queue))

    @contextmanager
    def _transaction(self, db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        with self._lock:
            begin_writing(db, BUSY_SECONDS, line=self._line)
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")


def _bury(db: sqlite3.Connection, condition: str, values: Sequence[object]) -> None:
    for id, queue in db.execute(f"SELECT id, queue FROM message WHERE {condition}", values).fetchall():
        dead = dead_letters_of(queue)
        if dead:
            db.execute(
                "UPDATE message SET queue = ?, owner = NULL, lease_until = NULL, deliveries = 0 WHERE id = ?",
                [dead, id],
            )
        else:
            db.execute("DELETE FROM message WHERE id = ?", [id])


def _wall_time() -> float:
    return time.time()


def _open(path: Path, synchronous: str) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False)
    if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        _create(path, db)
    db.execute(f"PRAGMA synchronous = {synchronous}")
    return db


def _create(path: Path, db: sqlite3.Connection) -> None:
    # The change to WAL does not wait for its turn, so the first starters take theirs here.
    with open(f"{path}.create-lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        db.executescript(SCHEMA)
        mode = db.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise sqlite3.OperationalError(f"{path} cannot use a write-ahead log (journal mode is {mode})")
