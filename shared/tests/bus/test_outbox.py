"""A fact is told in the transaction that makes it true, and sent in order, at least once, after that."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection
from sqlalchemy import select
from sqlalchemy.orm import Session

from shared import clock
from shared.bus import relay
from shared.bus.broker import bind, connect, declare
from shared.bus.leader import leading
from shared.bus.outbox import backlog, outbox, tell, tell_all
from shared.bus.relay import Held, relay_once
from shared.bus.topology import queue_name
from shared.context import use
from shared.contracts.envelope import Envelope
from shared.contracts.portal import SettingsChanged, SignedIn
from shared.db import Database

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


def signed_in(customer: str) -> SignedIn:
    return SignedIn(customer_id=customer, partner_id="par_1", at=AT)


def settings(partner: str) -> SettingsChanged:
    return SettingsChanged(
        partner_id=partner,
        version=4,
        ordering_enabled=True,
        accept_payment=True,
        order_channel="tickets",
        order_email="",
    )


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    connection = connect(f"sqlbus:///{tmp_path}/bus.db")
    declare(connection.default_channel, "listener", ["portal.signed_in"])
    yield connection
    connection.release()


@pytest.fixture
def arrived(connection: Connection) -> Callable[[], list[str]]:
    """
    Take what is in the listener's queue and return what each fact is about.
    """

    def take() -> list[str]:
        subjects = []
        while message := connection.default_channel.basic_get(queue_name("listener")):
            message.ack()
            subjects.append(Envelope.load(message.body).subject)
        return subjects

    return take


def told(db: Database, *facts: Any) -> None:
    with db.begin() as session:
        tell_all(session, facts)


def unsent(db: Database) -> int:
    with db.read() as session:
        return backlog(session)[0]


def test_a_fact_of_a_transaction_that_failed_was_never_told(db: Database) -> None:
    def fail() -> None:
        with db.begin() as session:
            tell(session, signed_in("cus_1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert unsent(db) == 0


def test_what_is_told_says_who_acted_and_what_it_is_about(db: Database) -> None:
    with use(actor="staff:stf_1", correlation_id="req_1"), db.begin() as session:
        tell(session, settings("par_9"))

    with db.read() as session:
        envelope = Envelope.load(session.scalars(select(outbox.c.payload)).one())
    assert (envelope.type, envelope.subject, envelope.version) == ("portal.settings_changed", "par_9", 4)
    assert (envelope.actor, envelope.correlation_id) == ("staff:stf_1", "req_1")
    assert envelope.source == "/portal"
    assert envelope.fact() == settings("par_9")


def test_facts_are_sent_in_the_order_they_were_told_and_only_once(
    db: Database, connection: Connection, arrived: Callable[[], list[str]]
) -> None:
    customers = [f"cus_{number}" for number in range(2 * relay.BATCH + 20)]
    told(db, *map(signed_in, customers))

    counts = [relay_once(db, connection) for _ in range(4)]

    assert counts == [relay.BATCH, relay.BATCH, 20, 0]
    assert arrived() == customers


def test_a_fact_nobody_hears_stays_and_holds_only_its_own_aggregate(
    db: Database, connection: Connection, arrived: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()
    told(db, signed_in("a"), settings("p"), signed_in("b"))
    with db.begin() as session:
        signed = tell(session, signed_in("p"))  # the same aggregate as the settings, told later

    assert relay_once(db, connection, held=held) == 2
    assert relay_once(db, connection, held=held) == 0
    assert unsent(db) == 2

    bind(connection.default_channel, "listener", ["portal.settings_changed"])
    held.until.clear()
    assert relay_once(db, connection, held=held) == 2
    assert (held.until, held.failures) == ({}, {})
    assert signed.subject == "p"
    assert arrived()[:2] == ["a", "b"]


def test_an_aggregate_waits_longer_after_each_failure() -> None:
    held = Held()

    held.hold("a")
    first = held.until["a"]
    for _ in range(9):
        held.hold("a")

    assert held.now() == ["a"]
    assert held.until["a"] - first > 4.5
    held.release("a")
    assert held.now() == []


def test_nothing_is_marked_when_the_broker_fails(
    db: Database, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> set[str]:
        raise ConnectionError

    told(db, signed_in("a"))
    monkeypatch.setattr(relay, "publish_batch", fail)

    with pytest.raises(ConnectionError):
        relay_once(db, connection)

    assert unsent(db) == 1


def test_sent_facts_are_forgotten_after_seven_days(
    db: Database, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(db, signed_in("a"))
    relay_once(db, connection)
    told(db, settings("never sent"))
    now = clock.real_now()

    counts = []
    for days in (6, 8):
        monkeypatch.setattr(clock, "real_now", lambda days=days: now + timedelta(days=days))
        counts.append(relay.forget_old(db))

    assert counts == [0, 1]
    assert unsent(db) == 1


def test_the_backlog_is_as_old_as_its_oldest_fact(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.real_now()
    monkeypatch.setattr(clock, "real_now", lambda: now)
    told(db, signed_in("a"), signed_in("b"))
    monkeypatch.setattr(clock, "real_now", lambda: now + timedelta(seconds=3))

    with db.read() as session:
        assert backlog(session) == (2, 3.0)


def test_only_one_relay_of_a_service_leads(db: Database) -> None:
    stop, second = threading.Event(), threading.Event()
    given_up = []

    def follow() -> None:
        with leading(db, second) as lead:
            given_up.append(not lead)

    with leading(db, stop) as lead:
        follower = threading.Thread(target=follow)
        follower.start()
        second.set()
        follower.join()

    assert lead
    assert given_up == [True]
    with leading(db, stop) as again:
        assert again


def test_telling_works_in_a_savepoint(db: Database) -> None:
    def part(session: Session, customer: str, *, fails: bool) -> None:
        with session.begin_nested():
            tell(session, signed_in(customer))
            if fails:
                raise RuntimeError

    with db.begin() as session:
        with pytest.raises(RuntimeError):
            part(session, "a", fails=True)
        part(session, "b", fails=False)

    assert unsent(db) == 1
