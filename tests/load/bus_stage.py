"""Two services with a bus between them, in miniature: one tells, the other hears and leaves an effect."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from subprocess import PIPE, Popen

from sqlalchemy import String, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared import db as databases
from shared.bus.broker import connect, declare
from shared.bus.inbox import InboxRow
from shared.bus.outbox import OutboxRow, tell, tell_all
from shared.bus.topology import queue_name
from shared.contracts.customers import StatusChanged
from shared.db import Database
from tests.load.processes import Meter

TELLER, HEARER = "customers", "tickets"


class Record(DeclarativeBase):
    metadata = databases.metadata()


class Outbox(OutboxRow, Record):
    pass


class Inbox(InboxRow, Record):
    pass


class Work(Record):
    """
    What the teller does, and what the hearer does because of it.
    """

    __tablename__ = "work"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    words: Mapped[str] = mapped_column(String(100))


@dataclass(frozen=True)
class Stage:
    """
    Where both services live.
    """

    bus_url: str
    teller_url: str
    hearer_url: str
    folder: Path

    def prepare(self) -> None:
        """
        Make the tables, and the queue with its binding, empty.
        """
        for url in (self.teller_url, self.hearer_url):
            Record.metadata.create_all(Database(url).engine)
        with connect(self.bus_url) as connection:
            declare(connection.default_channel, HEARER, [StatusChanged.fact_name])
            connection.default_channel.queue_purge(queue_name(HEARER))


class Heard:
    """
    What the processes of a stage noted down: (monotonic nanoseconds, count, ids) for every commit of effects.
    """

    def __init__(self, file: Path, roles: dict[str, int]) -> None:
        self._file = file
        self.meter = Meter(roles)

    def wait_for(self, count: int, *, within: float) -> tuple[int, float]:
        """
        Wait for *count* effects, but not longer than *within* seconds; return how many there are, and when
        (monotonic seconds) the last one was committed.
        """
        end = time.monotonic() + within
        while True:
            commits = self._commits()
            heard = sum(int(number) for _, number, *_ in commits)
            if heard >= count or time.monotonic() > end:
                return heard, int(commits[-1][0]) / 1e9 if commits else time.monotonic()
            time.sleep(0.1)

    def instants(self) -> dict[str, float]:
        """
        Return when each effect was committed, by the id of its cause.
        """
        return {id: int(at) / 1e9 for at, _, *ids in self._commits() for id in ids}

    def _commits(self) -> list[list[str]]:
        lines = self._file.read_text().splitlines(keepends=True) if self._file.exists() else []
        return [line.split() for line in lines if line.endswith("\n")]


@contextmanager
def acting(stage: Stage, *roles: str) -> Iterator[Heard]:
    """
    Run one process per role (see ``bus_child``) for the length of a block.
    """
    notes = stage.folder / f"heard-{time.monotonic_ns()}"
    arguments = (stage.bus_url, stage.teller_url, stage.hearer_url, str(notes))
    command = [sys.executable, "-m", "tests.load.bus_child"]
    children = [Popen([*command, role, *arguments], stdin=PIPE, stdout=PIPE) for role in roles]
    try:
        for child in children:
            assert child.stdout is not None
            child.stdout.readline()  # it is ready
        time.sleep(1)  # relays wait for their lock, consumers for their first message
        yield Heard(notes, {role: child.pid for role, child in zip(roles, children, strict=True)})
    finally:
        for child in children:
            child.communicate()  # closing its input ends it


def fill(stage: Stage, count: int) -> float:
    """
    Tell *count* facts in one transaction and return when it was committed (monotonic seconds).
    """
    with Database(stage.teller_url).begin() as session:
        tell_all(session, [fact(f"cus_{number:026d}") for number in range(count)])
    return time.monotonic()


def tell_steadily(stage: Stage, *, rate: int, seconds: float, threads: int) -> dict[str, float]:
    """
    Commit *rate* business transactions a second, each with one fact, and return when each was committed.

    Ends after *seconds* even if the database could not keep up.
    """
    db = Database(stage.teller_url, pool_size=threads)
    committed: dict[str, float] = {}
    start = time.monotonic() + 0.1

    def commit(number: int) -> None:
        if time.monotonic() > start + seconds:
            return
        time.sleep(max(0.0, start + number / rate - time.monotonic()))
        id = f"cus_{number:026d}"
        with db.begin() as session:
            session.execute(insert(Work).values(id=id, words="done"))
            tell(session, fact(id))
        committed[id] = time.monotonic()

    _share(range(int(rate * seconds)), commit, threads)
    db.close()
    return committed


def fact(id: str) -> StatusChanged:
    """
    Return a small fact about an aggregate of its own.
    """
    return StatusChanged(
        customer_id=id,
        partner_id="par_00000000000000000000000001",
        version=2,
        old="new",
        new="active",
        reason="auto",
        on=date(2026, 1, 1),
    )


def _share(numbers: range, do: Callable[[int], None], threads: int) -> None:
    def lane(offset: int) -> None:
        for number in numbers[offset::threads]:
            do(number)

    workers = [threading.Thread(target=lane, args=(offset,)) for offset in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
