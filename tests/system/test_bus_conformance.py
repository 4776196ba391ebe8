"""
What every engine of the bus must do, run against the embedded one always and against RabbitMQ where
TEST_RABBITMQ_URL names a node. Facts may arrive twice; not be lost, misrouted or, per aggregate, swapped.
"""

import importlib.util
import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from kombu import Connection, Producer
from sqlalchemy import select

from shared.bus import relay
from shared.bus.broker import Parcel, parcel, publish_batch
from shared.bus.cli import bus_commands
from shared.bus.handlers import Handlers
from shared.bus.outbox import backlog, tell_all
from shared.bus.topology import DELIVERY_LIMIT, EXCHANGE, dead_name, queue_name
from shared.contracts.portal import SignedIn
from shared.db import Database
from tests.system.bus_bench import CHILD, UNHEARD, Bus, envelope, kill, line, wait_until


@pytest.fixture(params=["sqlbus", pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)])
def bus(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bus]:
    """
    An engine of the bus.
    """
    url = f"sqlbus:///{tmp_path}/bus.db"
    if request.param == "rabbitmq":
        url = os.environ.get("TEST_RABBITMQ_URL", "")  # noqa: TID251
        if not url:
            pytest.skip("TEST_RABBITMQ_URL names no RabbitMQ node")
    # Without heartbeats: while a test waits for processes to start, nobody would answer them.
    bus = Bus(url, Connection(url))
    yield bus
    bus.close()


def test_a_fact_reaches_every_queue_bound_to_it_and_no_other(bus: Bus) -> None:
    exact, other = bus.service("exact", "paid"), bus.service("other", "moved")
    both = bus.service("both", "paid", "moved")

    bus.publish("paid", "moved")

    assert bus.ids(queue_name(exact), 1) == ["paid#0"]
    assert bus.ids(queue_name(other), 1) == ["moved#1"]
    assert bus.ids(queue_name(both), 2) == ["paid#0", "moved#1"]
    assert all(bus.is_empty(queue_name(service)) for service in (exact, other, both))


def test_two_words_match_any_fact_once(bus: Bus) -> None:
    service = bus.service("all")
    bus.channel.queue_bind(queue=queue_name(service), exchange=EXCHANGE, routing_key="*.*")
    bus.channel.queue_bind(queue=queue_name(service), exchange=EXCHANGE, routing_key=bus.fact("paid"))

    bus.publish("paid", "moved")

    mine: list[str] = []
    while len(mine) < 2:  # other facts may be on a shared node
        mine += [id for id in bus.ids(queue_name(service), 1) if id in ("paid#0", "moved#1")]
    assert mine == ["paid#0", "moved#1"]


def test_the_bytes_and_properties_arrive_as_they_were_sent(bus: Bus) -> None:
    service = bus.service("reader", "paid")
    body = '{"name":"Łucja"}'.encode() + b"\xff"

    publish_batch(bus.connection, [Parcel("evt_1", bus.fact("paid"), body)])

    (message,) = bus.take(queue_name(service), 1)
    assert message.body == body
    assert message.content_type == "application/cloudevents+json"
    assert message.properties["message_id"] == "evt_1"
    assert message.delivery_info["routing_key"] == bus.fact("paid")


def test_a_fact_nobody_hears_is_not_counted_as_safe(bus: Bus) -> None:
    bus.service("reader", "paid")

    assert bus.publish("paid", UNHEARD, "paid") == {"paid#0", "paid#2"}
    assert bus.publish(UNHEARD) == set()
    assert bus.publish("paid") == {"paid#0"}


def test_kombus_producer_sees_the_return(bus: Bus) -> None:
    bus.service("reader", "paid")
    returned = []

    producer = Producer(bus.channel, on_return=lambda _reason, _exchange, key, _message: returned.append(key))
    producer.publish(b"x", exchange=EXCHANGE, routing_key=bus.fact(UNHEARD), mandatory=True)
    bus.publish("paid")

    assert returned == [bus.fact(UNHEARD)]


def test_a_queue_is_first_in_first_out(bus: Bus) -> None:
    service = bus.service("reader", "paid")

    for _ in range(4):
        bus.publish(*["paid"] * 50)

    assert bus.ids(queue_name(service), 200) == [f"paid#{at}" for at in range(50)] * 4


def test_what_a_killed_consumer_held_is_delivered_again(bus: Bus) -> None:
    service = bus.service("reader", "paid")
    bus.publish("paid", "paid", "paid")
    holder = bus.start("hold", service)
    held = [line(holder.stdout) for _ in range(3)]

    assert bus.is_empty(queue_name(service))
    kill(holder)

    assert sorted(bus.ids(queue_name(service), 3)) == sorted(held)


def test_a_message_that_kills_every_consumer_becomes_a_dead_letter(bus: Bus) -> None:
    service = bus.service("victim", "poison")
    bus.publish("poison")

    for _ in range(DELIVERY_LIMIT + 1):
        child = bus.start("die", service)
        assert line(child.stdout) == "poison#0"
        child.wait()

    (letter,) = bus.take(dead_name(service), 1)
    assert letter.body == b"poison"
    assert bus.is_empty(queue_name(service))


def test_a_refused_message_becomes_a_dead_letter(bus: Bus) -> None:
    service = bus.service("reader", "paid")
    bus.publish("paid")

    message = bus.get(queue_name(service))
    message.reject()

    assert bus.ids(dead_name(service), 1) == ["paid#0"]


def test_a_requeue_touches_one_queue_only(bus: Bus) -> None:
    first, second = bus.service("first", "paid"), bus.service("second", "paid")
    bus.publish("paid")

    message = bus.get(queue_name(first))
    message.requeue()

    (again,) = bus.take(queue_name(first), 1)
    assert again.delivery_info["redelivered"]
    assert bus.ids(queue_name(second), 1) == ["paid#0"]
    assert bus.is_empty(queue_name(first))
    assert bus.is_empty(queue_name(second))


def test_what_is_told_after_the_binding_waits_for_the_first_worker(bus: Bus) -> None:
    service = f"{bus.mark}-late"
    bus.services.append(service)
    handlers = Handlers(service)
    handlers.on(SignedIn)(lambda _session, _fact: None)
    fact = Parcel(f"evt_{bus.mark}", SignedIn.fact_name, b"{}")

    for _ in range(2):  # binding again changes nothing
        answer = CliRunner().invoke(bus_commands(handlers), ["--url", bus.url, "bind"])
        assert (answer.exit_code, answer.output) == (0, f"bound {service}.events to portal.signed_in\n")

    assert publish_batch(bus.connection, [fact]) == {fact.id}
    assert bus.ids(queue_name(service), 1) == [fact.id]
    assert bus.is_empty(queue_name(service))


def test_six_services_binding_at_once_lose_no_binding(bus: Bus) -> None:
    names = [f"fact{at}" for at in range(8)]
    services = [bus.service(f"binder{at}") for at in range(6)]
    children = [bus.start("bind", service, *map(bus.fact, names)) for service in services]

    for child in children:  # all are waiting for this line
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        assert child.wait() == 0
    bus.publish(*names)

    for service in services:
        assert len(bus.ids(queue_name(service), 8)) == 8


def test_what_a_killed_publisher_had_confirmed_is_there(bus: Bus) -> None:
    service = bus.service("reader")
    bus.channel.queue_bind(queue=queue_name(service), exchange=EXCHANGE, routing_key=f"{service}.happened")
    publisher = bus.start("publish", service)
    confirmed = [line(publisher.stdout) for _ in range(200)]
    publisher.kill()
    assert publisher.stdout
    confirmed += [rest.strip() for rest in publisher.stdout if rest.endswith("\n")]

    arrived: list[str] = []
    while message := bus.get(queue_name(service)):
        message.ack()
        arrived.append(message.properties["message_id"])

    assert set(confirmed) <= set(arrived)
    assert Counter(arrived).most_common(1)[0][1] == 1


@pytest.mark.parametrize("point", ["before_commit", "after_commit", "after_ack"])
def test_a_listener_killed_at_any_point_keeps_each_fact_once_and_in_order(
    bus: Bus, tmp_path: Path, point: str
) -> None:
    service = bus.service("listener")
    bus.channel.queue_bind(queue=queue_name(service), exchange=EXCHANGE, routing_key=bus.fact("*"))
    database = Database(f"sqlite:///{tmp_path}/listener.db")
    tables().metadata.create_all(database.engine)
    facts = [envelope(bus.fact("moved"), aggregate=f"agg_{at % 3}", number=at) for at in range(60)]

    arguments = ("listen", service, database.url)
    armed = {"FAILPOINT": f"{service}.consumer.{point}:2", "FAILPOINT_DIR": str(tmp_path)}
    listener = bus.start(*arguments, **armed)
    for start in range(0, 60, 10):
        publish_batch(bus.connection, [parcel(one) for one in facts[start : start + 10]])
        # Several batches, so that the second passing of the point has work behind and before it.
        wait_until(lambda: written(database) > 0 or listener.poll() is not None)
    assert listener.wait() == -9
    bus.start(*arguments, **armed)
    wait_until(lambda: written(database) >= 60)

    with database.read() as session:
        lines = session.execute(select(tables().aggregate, tables().words).order_by(tables().id)).all()
    database.close()
    for aggregate in ("agg_0", "agg_1", "agg_2"):
        expected = [one.id for one in facts if one.subject == aggregate]
        assert [words for about, words in lines if about == aggregate] == expected


@pytest.mark.parametrize("point", ["before_publish", "after_publish"])
def test_a_relay_killed_at_any_point_sends_every_fact_and_in_order(
    bus: Bus, tmp_path: Path, point: str
) -> None:
    service = bus.service("teller")
    bus.channel.queue_bind(queue=queue_name(service), exchange=EXCHANGE, routing_key="portal.signed_in")
    database = Database(f"sqlite:///{tmp_path}/teller.db")
    tables().metadata.create_all(database.engine)
    at = datetime(2026, 11, 20, tzinfo=UTC)
    with database.begin() as session:
        facts = [
            SignedIn(customer_id=f"cus_{one % 3}", partner_id="par_1", at=at)
            for one in range(2 * relay.BATCH + 20)  # the second batch is killed
        ]
        told = [envelope.id for envelope in tell_all(session, facts)]

    armed = {"FAILPOINT": f"{service}.relay.{point}:2", "FAILPOINT_DIR": str(tmp_path)}
    assert bus.start("relay", service, database.url, **armed).wait() == -9
    bus.start("relay", service, database.url, **armed)

    def all_sent() -> bool:
        with database.read() as session:
            return backlog(session)[0] == 0

    wait_until(all_sent)
    arrived: list[str] = []
    while message := bus.get(queue_name(service)):
        message.ack()
        if message.properties["message_id"] in told:
            arrived.append(message.properties["message_id"])
    database.close()
    assert list(dict.fromkeys(arrived)) == told


def tables() -> Any:
    """
    Return the table the listener writes.
    """
    if "bus_child" not in sys.modules:
        spec = importlib.util.spec_from_file_location("bus_child", CHILD)
        assert spec
        assert spec.loader
        sys.modules["bus_child"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["bus_child"])
    return sys.modules["bus_child"].Line


def written(database: Database) -> int:
    """
    Count what the listener wrote.
    """
    with database.read() as session:
        return len(session.execute(select(tables().id)).all())
