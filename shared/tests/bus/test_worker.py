"""A worker relays, hears, tries again and does its jobs until it is told to stop; failures do not end it."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.bus import inbox
from shared.bus.bell import Bell
from shared.bus.broker import Parcel, connect, declare, publish_batch
from shared.bus.handlers import Handlers
from shared.bus.outbox import backlog, tell, wake
from shared.bus.topology import queue_name
from shared.bus.worker import RAREST_SECONDS, Job, Worker, pause
from shared.contracts.portal import SignedIn
from shared.db import Database

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
PATIENCE_SECONDS = 15.0


@pytest.fixture
def bus_url(tmp_path: Path) -> str:
    return f"sqlbus:///{tmp_path}/bus.db"


@contextmanager
def running(worker: Worker) -> Iterator[None]:
    """
    Have *worker* work during the block.
    """
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


def tell_signed_in(db: Database, customer: str) -> None:
    with db.begin() as session:
        tell(session, SignedIn(customer_id=customer, partner_id="par_1", at=AT))


def wait_for(event: threading.Event) -> None:
    assert event.wait(PATIENCE_SECONDS), "it did not happen in time"


def test_a_fact_goes_from_one_services_transaction_to_anothers(
    db: Database, bus_url: str, write: Callable[[Session, str], None], lines: Callable[[], list[str]]
) -> None:
    handlers, heard = Handlers("both"), threading.Event()

    @handlers.on(SignedIn)
    def note(session: Session, fact: SignedIn) -> None:
        write(session, fact.customer_id)

    @handlers.on(SignedIn)
    def after(session: Session, fact: SignedIn) -> None:
        if fact.customer_id == "cus_2":
            heard.set()

    with running(Worker("both", db, handlers, bus_url)):
        tell_signed_in(db, "cus_1")
        tell_signed_in(db, "cus_2")
        wait_for(heard)

    with db.read() as session:
        assert backlog(session) == (0, 0.0)
    assert lines() == ["cus_1", "cus_2"]


def test_a_failed_fact_is_tried_again_by_the_worker(
    db: Database, bus_url: str, write: Callable[[Session, str], None], lines: Callable[[], list[str]]
) -> None:
    handlers, worked, tries = Handlers("listener"), threading.Event(), []

    @handlers.on(SignedIn)
    def note(session: Session, fact: SignedIn) -> None:
        tries.append(fact)
        if len(tries) == 1:
            raise RuntimeError("the first time fails")
        write(session, fact.customer_id)
        worked.set()

    with running(Worker("listener", db, handlers, bus_url)):
        tell_signed_in(db, "cus_1")
        wait_for(worked)

    assert lines() == ["cus_1"]
    with db.read() as session:
        assert inbox.stuck(session) == []


def test_while_the_database_is_away_messages_are_kept(
    db: Database, bus_url: str, write: Callable[[Session, str], None], lines: Callable[[], list[str]]
) -> None:
    handlers, worked, tries = Handlers("listener"), threading.Event(), []

    @handlers.on(SignedIn)
    def note(session: Session, fact: SignedIn) -> None:
        tries.append(fact)
        if len(tries) < 3:
            gone = psycopg.OperationalError("gone")
            raise DBAPIError("SELECT", {}, gone, connection_invalidated=True)
        write(session, fact.customer_id)
        worked.set()

    with running(Worker("listener", db, handlers, bus_url)):
        tell_signed_in(db, "cus_1")
        wait_for(worked)

    assert lines() == ["cus_1"]
    with db.read() as session:
        assert inbox.stuck(session) == []


def test_a_lost_binding_is_made_again(db: Database, bus_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.bus.consumer.REBIND_SECONDS", 0.0)
    handlers, heard = Handlers("listener"), threading.Event()

    @handlers.on(SignedIn)
    def note(session: Session, fact: SignedIn) -> None:
        heard.set()

    connection = connect(bus_url)
    declare(connection.default_channel, "listener", handlers.names)
    with running(Worker("listener", db, handlers, bus_url)):
        connection.default_channel.queue_unbind(
            queue_name("listener"), exchange="ledgerline.events", routing_key="portal.signed_in"
        )
        tell_signed_in(db, "cus_1")
        wait_for(heard)
    connection.release()


def test_a_poisoned_message_does_not_stop_the_others(
    db: Database, bus_url: str, lines: Callable[[], list[str]], write: Callable[[Session, str], None]
) -> None:
    handlers, heard = Handlers("listener"), threading.Event()

    @handlers.on(SignedIn)
    def note(session: Session, fact: SignedIn) -> None:
        write(session, fact.customer_id)
        heard.set()

    connection = connect(bus_url)
    declare(connection.default_channel, "listener", handlers.names)
    publish_batch(connection, [Parcel("evt_1", "portal.signed_in", b"no fact")])
    connection.release()
    with running(Worker("listener", db, handlers, bus_url)):
        tell_signed_in(db, "cus_1")
        wait_for(heard)

    with db.read() as session:
        assert [(row.consumer, row.state) for row in inbox.stuck(session)] == [("listener", "parked")]
    assert lines() == ["cus_1"]


def test_a_job_with_more_to_do_is_called_again_at_once(db: Database, bus_url: str) -> None:
    calls, enough = [], threading.Event()

    def work() -> bool:
        calls.append(1)
        if len(calls) == 5:
            enough.set()
        return len(calls) < 5

    with running(Worker("busy", db, Handlers("busy"), bus_url, [Job("work", 3600, work)])):
        wait_for(enough)

    assert len(calls) == 5


def test_a_job_that_fails_is_called_again(db: Database, bus_url: str) -> None:
    calls, again = [], threading.Event()

    def work() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("the first time fails")
        again.set()

    with running(Worker("failing", db, Handlers("failing"), bus_url, [Job("work", 0.01, work)])):
        wait_for(again)


def test_a_job_may_be_woken_by_a_write(db: Database, bus_url: str) -> None:
    first, second = threading.Event(), threading.Event()

    def work() -> None:
        (second if first.is_set() else first).set()

    job = Job("work", 3600, work, wake_on_write=True)
    with running(Worker("woken", db, Handlers("woken"), bus_url, [job])):
        wait_for(first)
        with db.begin() as session:
            tell(session, SignedIn(customer_id="cus_1", partner_id="par_1", at=AT))
            wake(session)
        wait_for(second)


def test_a_living_worker_keeps_its_heartbeat_and_takes_it_along(
    db: Database, bus_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.bus.worker.BEAT_SECONDS", 0.01)
    heartbeat, beaten = tmp_path / "alive", threading.Event()

    def look() -> None:
        if heartbeat.exists():
            beaten.set()

    worker = Worker("alive", db, Handlers("alive"), bus_url, [Job("look", 0.01, look)], heartbeat=heartbeat)
    with running(worker):
        wait_for(beaten)

    assert not heartbeat.exists()


def test_a_worker_waits_for_a_broker_that_is_not_there_yet(
    db: Database, tmp_path: Path, write: Callable[[Session, str], None]
) -> None:
    handlers, heard = Handlers("listener"), threading.Event()

    @handlers.on(SignedIn)
    def note(session: Session, fact: SignedIn) -> None:
        heard.set()

    blocker = tmp_path / "away"
    blocker.write_text("a file where the folder of the bus will be")
    with running(Worker("listener", db, handlers, f"sqlbus:///{blocker}/bus.db")):
        tell_signed_in(db, "cus_1")
        assert not heard.wait(0.5)
        blocker.unlink()
        wait_for(heard)


def test_a_signal_takes_no_lock_that_another_signal_could_wait_for(db: Database, bus_url: str) -> None:
    # A launcher that is killed has many threads, and the kernel sends a signal for each: the second one may
    # interrupt the handler of the first.
    worker, entered = Worker("both", db, Handlers("both"), bus_url), []
    sys.settrace(lambda frame, _what, _value: entered.append(Path(frame.f_code.co_filename).name))
    try:
        worker._on_signal(signal.SIGTERM, None)
    finally:
        sys.settrace(None)

    assert entered == ["worker.py"]


def test_the_longer_nothing_is_told_the_rarer_a_job_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    bell, often, seldom = Bell(), Job("often", 0.5, lambda: None), Job("seldom", 30.0, lambda: None)
    silence = {0.0: 0.5, 2.0: 0.5, 4.0: 1.0, 8.0: 2.0, 16.0: RAREST_SECONDS, 3600.0: RAREST_SECONDS}
    for seconds, expected in silence.items():
        monkeypatch.setattr(Bell, "silence", seconds)
        assert pause(often, bell) == expected
        assert pause(seldom, bell) == 30.0
