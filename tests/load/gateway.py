"""What the gateway costs on top of the services it asks: Home (three calls), one call passed on, one row."""

import http.client
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.local.installation import Installation
from tests.load.crowd import Desk, Person, sign_in
from tests.load.figures import FULL, Figure, percentile

ROUNDS = 120
AT_ONCE, SECONDS = 16, 5.0
CUSTOMER = Person("cus_00000000000000000000000001", "postpaid", "")


@dataclass(frozen=True)
class Address:
    """
    Something to GET, and the header to show.
    """

    url: str
    bearer: Callable[[], str]


class Line:
    """
    One connection kept open to one address.
    """

    def __init__(self, address: Address) -> None:
        parts = urlsplit(address.url)
        self._bearer, self._path = address.bearer, parts.path
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def get(self) -> None:
        """
        Ask, and insist on 200.
        """
        self._connection.request("GET", self._path, headers={"Authorization": self._bearer()})
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{self._path} answered {answer.status}: {body[:300]!r}")

    def close(self) -> None:
        """
        Hang up.
        """
        self._connection.close()


def gateway(ledgerline: Installation, engine: str, wanted: Collection[str]) -> Iterator[Figure]:
    """
    Measure c1, c2 and c3 for a demo customer.
    """
    bearer = sign_in(ledgerline, CUSTOMER).bearer
    through = {path: _portal(ledgerline, path, bearer) for path in ("home", "payment-methods")}
    upstream = {
        "customers": _service(ledgerline, "customers", f"customers/{CUSTOMER.customer_id}"),
        "billing": _service(ledgerline, "billing", "summary"),
        "tickets": _service(ledgerline, "tickets", "tickets"),
    }
    if "c1" in wanted:
        yield _home(through["home"], upstream, engine)
    if "c2" in wanted:
        direct = _service(ledgerline, "billing", "payment-methods")
        yield _passed_through(through["payment-methods"], direct, engine)
    if "c3" in wanted:
        yield _crowded_home(through["home"], list(upstream.values()), engine)


def one_row(ledgerline: Installation) -> Figure:
    """
    Measure c4: a customer as JSON, two web workers, beside the same workers' answer without a database.
    """
    ledgerline.restart("customers", WEB_CONCURRENCY="2")
    row = _service(ledgerline, "customers", f"customers/{CUSTOMER.customer_id}")
    empty = Address(ledgerline.urls["customers"] + "/livez", row.bearer)
    ours, bare = rate(lambda: Line(row)), rate(lambda: Line(empty))
    return Figure(id="c4", engine=FULL, value=ours, compared_with="/livez", compared_value=bare)


def _home(home: Address, upstream: dict[str, Address], engine: str) -> Figure:
    names, addresses = ["home", *upstream], [home, *upstream.values()]
    medians = dict(zip(names, _medians(addresses), strict=True))
    slowest = max(upstream, key=medians.__getitem__)
    return Figure(
        id="c1",
        engine=engine,
        value=medians["home"] / medians[slowest],
        compared_with=f"{slowest}, asked directly",
        compared_value=1.0,
        note="ms: " + ", ".join(f"{name} {ms:.1f}" for name, ms in medians.items()),
    )


def _passed_through(through: Address, direct: Address, engine: str) -> Figure:
    ours, bare = _medians([through, direct])
    return Figure(
        id="c2",
        engine=engine,
        value=ours - bare,
        compared_with="ms of the call to billing itself",
        compared_value=bare,
        note=f"payment methods: {ours:.1f} ms through, {bare:.1f} ms direct",
    )


def _crowded_home(home: Address, upstream: Sequence[Address], engine: str) -> Figure:
    return Figure(
        id="c3",
        engine=engine,
        value=rate(lambda: Line(home)),
        compared_with="its calls one after another, a connection each",
        compared_value=rate(lambda: _OneByOne(upstream)),
    )


class _OneByOne:
    """
    The naive page: each service asked in turn, over a new connection every time.
    """

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = addresses

    def get(self) -> None:
        for address in self._addresses:
            line = Line(address)
            line.get()
            line.close()

    def close(self) -> None:
        pass


def _medians(addresses: Sequence[Address]) -> list[float]:
    """
    Return the median milliseconds of each address, asked in turn so that all see the same weather.
    """
    lines = [Line(address) for address in addresses]
    taken: list[list[float]] = [[] for _ in lines]
    for turn in range(ROUNDS + 10):
        for line, samples in zip(lines, taken, strict=True):
            started = time.perf_counter()
            line.get()
            if turn >= 10:
                samples.append((time.perf_counter() - started) * 1000)
    return [percentile(samples, 0.5) for samples in taken]


def rate(connect: Callable[[], Line | _OneByOne]) -> float:
    """
    Return the calls a second of 16 callers, each asking again as soon as it is answered.
    """
    counts, end = [0] * AT_ONCE, time.monotonic() + SECONDS

    def ask(caller: int) -> None:
        line = connect()
        while time.monotonic() < end:
            line.get()
            counts[caller] += 1
        line.close()

    callers = [threading.Thread(target=ask, args=(caller,)) for caller in range(AT_ONCE)]
    started = time.monotonic()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return sum(counts) / (time.monotonic() - started)


def _portal(ledgerline: Installation, path: str, bearer: str) -> Address:
    return Address(f"{ledgerline.urls['portal-gateway']}/api/v1/{path}", lambda: bearer)


def _service(ledgerline: Installation, service: str, path: str) -> Address:
    desk = Desk(ledgerline)
    token = desk.bearer(service, CUSTOMER.customer_id)  # lasts a minute, longer than any one figure takes
    return Address(f"{ledgerline.urls[service]}/api/v1/{path}", lambda: token)
