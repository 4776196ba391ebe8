"""From a commit in one service to the effect committed in another: how many a second, and how soon."""

import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import postgres, rabbitmq
from shared.bus import relay
from shared.bus.broker import Parcel, connect, parcel, publish_batch
from shared.bus.topology import definitions
from shared.contracts.envelope import wrap
from tests.load import raw_amqp
from tests.load.bus_stage import Stage, acting, fact, fill, tell_steadily
from tests.load.figures import EMBEDDED, FULL, Figure, percentile, spread

OURS, NAIVE = ("tell", "hear"), ("naive-tell", "naive-hear")
NAIVELY = "poll 100 ms, confirm each, a transaction per event"
NAIVE_COUNT = 1_000
SECONDS = 6.0  # of steady telling
MOST_SECONDS = 15.0  # of any one drain, on a machine that is busy with other things
WARM_UP = 0.15  # the share of samples not counted

MakeStage = Callable[[], Stage]


@dataclass(frozen=True)
class Delays:
    """
    Milliseconds from commit to effect, and the transactions a second that were really made.
    """

    ms: list[float]
    rate: float

    @property
    def p99(self) -> float:
        """
        What all but one in a hundred keep.
        """
        return percentile(self.ms, 0.99)

    def words(self) -> str:
        """
        Say both.
        """
        return f"{spread(self.ms)} at {self.rate:.0f}/s"


def embedded(wanted: Collection[str]) -> Iterator[Figure]:
    """
    Measure b3: three SQLite files (teller, bus, hearer), synchronous FULL.
    """
    with tempfile.TemporaryDirectory(prefix="ledgerline-load-") as folder:
        make = _sqlite_stages(Path(folder))
        if "b3" in wanted:
            yield _delay("b3", EMBEDDED, make, naive=delays(make(), NAIVE, rate=200))
            yield _rate("b3r", EMBEDDED, make, count=10_000)


def full(wanted: Collection[str]) -> Iterator[Figure]:
    """
    Measure a1, a3, b1, b2 on a RabbitMQ (quorum queues) and a PostgreSQL (fsync on) of our own.
    """
    with _full_stages() as make:
        if "a3" in wanted:
            yield _share_of_raw(make())
        if "a1" in wanted:
            yield _rate("a1", FULL, make, count=20_000)
        if {"b1", "b2"} & set(wanted):
            naive_delays = delays(make(), NAIVE, rate=200)
            if "b1" in wanted:
                yield _delay("b1", FULL, make, naive=naive_delays)
            if "b2" in wanted:
                yield _delay("b2", FULL, make, naive=naive_delays, rate=1000, threads=4)


def drained(stage: Stage, roles: tuple[str, ...], count: int) -> tuple[float, str]:
    """
    Return how many events a second reach their effect, from an outbox filled with *count*, and their cost.
    """
    with acting(stage, *roles) as heard:
        started = fill(stage, count)
        arrived, last = heard.wait_for(count, within=MOST_SECONDS)
        return arrived / (last - started), heard.meter.words(arrived)


def delays(stage: Stage, roles: tuple[str, ...], *, rate: int, threads: int = 1) -> Delays:
    """
    Return how long each effect took after the commit of its cause, at *rate* commits a second.
    """
    with acting(stage, *roles) as heard:
        committed = tell_steadily(stage, rate=rate, seconds=SECONDS, threads=threads)
        heard.wait_for(len(committed), within=MOST_SECONDS)
        effects, end = heard.instants(), time.monotonic()
    instants = sorted(committed.values())
    counted = sorted(committed)[int(len(committed) * WARM_UP) :]
    real_rate = len(instants) / (instants[-1] - instants[0])
    return Delays([(effects.get(id, end) - committed[id]) * 1000 for id in counted], real_rate)


def _rate(id: str, engine: str, make: MakeStage, *, count: int) -> Figure:
    naive, naive_cost = drained(make(), NAIVE, NAIVE_COUNT)
    ours, cost = drained(make(), OURS, count)
    return Figure(
        id=id,
        engine=engine,
        value=ours,
        compared_with=NAIVELY,
        compared_value=naive,
        note=f"CPU an event: {cost}; {naive_cost}",
    )


def _delay(
    id: str, engine: str, make: MakeStage, *, naive: Delays, rate: int = 200, threads: int = 1
) -> Figure:
    ours = delays(make(), OURS, rate=rate, threads=threads)
    beside = f"{NAIVELY}, at {naive.rate:.0f}/s"
    return Figure(
        id=id,
        engine=engine,
        value=ours.p99,
        compared_with=beside,
        compared_value=naive.p99,
        note=ours.words(),
    )


def _share_of_raw(stage: Stage) -> Figure:
    one = fact("cus_00000000000000000000000001")
    raw = _bare_rate(
        stage,
        "raw-hear",
        20_000,
        lambda count: raw_amqp.publish(stage.bus_url, one.fact_name, wrap(one).dump(), count),
    )
    parcels = [parcel(wrap(fact(f"cus_{number:026d}"))) for number in range(10_000)]
    ours = _bare_rate(
        stage, "bare-hear", len(parcels), lambda _count: _publish_as_relay(stage.bus_url, parcels)
    )
    return Figure(
        id="a3",
        engine="RabbitMQ",
        value=ours / raw,
        compared_with="raw frames, window 2,000",
        compared_value=1.0,
        note=f"{ours:,.0f} of {raw:,.0f} messages/s; batches of {relay.BATCH}",
    )


def _bare_rate(stage: Stage, role: str, count: int, publish: Callable[[int], None]) -> float:
    with acting(stage, role) as heard:
        started = time.monotonic()
        publish(count)
        arrived, last = heard.wait_for(count, within=MOST_SECONDS)
        return arrived / (last - started)


def _publish_as_relay(bus_url: str, parcels: Sequence[Parcel]) -> None:
    with connect(bus_url) as connection:
        for first in range(0, len(parcels), relay.BATCH):
            publish_batch(connection, parcels[first : first + relay.BATCH])


def _sqlite_stages(folder: Path) -> MakeStage:
    def make() -> Stage:
        place = Path(tempfile.mkdtemp(dir=folder))
        stage = Stage(
            f"sqlbus:///{place}/bus.db", f"sqlite:///{place}/teller.db", f"sqlite:///{place}/hearer.db", place
        )
        stage.prepare()
        return stage

    return make


@contextmanager
def _full_stages() -> Iterator[MakeStage]:
    with (
        tempfile.TemporaryDirectory(prefix="ledgerline-load-") as folder,
        postgres.running(durable=True) as database,
        rabbitmq.running(definitions=definitions()) as broker,
    ):

        def make() -> Stage:
            name = f"load{time.monotonic_ns()}"
            database.create(f"{name}t", f"{name}h")
            stage = Stage(broker.url, database.url(f"{name}t"), database.url(f"{name}h"), Path(folder))
            stage.prepare()
            return stage

        yield make
