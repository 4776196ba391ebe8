"""What the gateway costs on top of the services it asks: Home (three calls), one call passed on, one row."""

from collections.abc import Collection, Iterator, Mapping

from deploy.local.installation import Installation
from tests.load.crowd import Desk, Person, sign_in
from tests.load.figures import FULL, Figure
from tests.load.line import Address, Line, OneByOne, medians, rate
from tests.load.standins import standing_in

WORKERS = "2"  # web processes of the gateway, and of customers for c4: one for each core
CUSTOMER = Person("cus_00000000000000000000000001", "postpaid", "")


def gateway(ledgerline: Installation, engine: str, wanted: Collection[str]) -> Iterator[Figure]:
    """
    Measure c1, c2 and c3 for a demo customer; c1 and c3 with services of 5 ms of work and with the real ones.
    """
    ledgerline.restart("portal-gateway", WEB_CONCURRENCY=WORKERS)
    bearer = sign_in(ledgerline, CUSTOMER).bearer
    home, through = (_portal(ledgerline, path, bearer) for path in ("home", "payment-methods"))
    upstream = {
        "customers": _service(ledgerline, "customers", f"customers/{CUSTOMER.customer_id}"),
        "billing": _service(ledgerline, "billing", "summary"),
        "tickets": _service(ledgerline, "tickets", "tickets"),
    }
    if "c2" in wanted:
        yield _passed_through(through, _service(ledgerline, "billing", "payment-methods"), engine)
    yield from _home(home, upstream, engine, {"c1": "c1r", "c3": "c3r"}, wanted)
    if {"c1", "c3"} & set(wanted):
        with standing_in(ledgerline.root, upstream) as steady:
            ledgerline.restart("portal-gateway", **_led_to(steady))
            yield from _home(home, steady, engine, {"c1": "c1", "c3": "c3"}, wanted)
        ledgerline.restart("portal-gateway", **_led_to(upstream))  # what is measured next asks the real ones


def one_row(ledgerline: Installation) -> Figure:
    """
    Measure c4: a customer as JSON, two web workers, beside the same workers' answer without a database.
    """
    ledgerline.restart("customers", WEB_CONCURRENCY=WORKERS)
    row = _service(ledgerline, "customers", f"customers/{CUSTOMER.customer_id}")
    empty = Address(ledgerline.urls["customers"] + "/livez", row.bearer)
    ours, bare = rate(lambda: Line(row)), rate(lambda: Line(empty))
    return Figure(id="c4", engine=FULL, value=ours, compared_with="/livez", compared_value=bare)


def _home(
    home: Address,
    upstream: Mapping[str, Address],
    engine: str,
    ids: Mapping[str, str],
    wanted: Collection[str],
) -> Iterator[Figure]:
    if "c1" in wanted:
        yield _lonely_home(home, upstream, engine, ids["c1"])
    if "c3" in wanted:
        yield _crowded_home(home, upstream, engine, ids["c3"])


def _lonely_home(home: Address, upstream: Mapping[str, Address], engine: str, id: str) -> Figure:
    found = dict(zip(["home", *upstream], medians([home, *upstream.values()]), strict=True))
    slowest = max(upstream, key=found.__getitem__)
    return Figure(
        id=id,
        engine=engine,
        value=found["home"] / found[slowest],
        compared_with=f"{slowest}, asked directly",
        compared_value=1.0,
        note="ms: " + ", ".join(f"{name} {ms:.1f}" for name, ms in found.items()),
    )


def _passed_through(through: Address, direct: Address, engine: str) -> Figure:
    ours, bare = medians([through, direct])
    return Figure(
        id="c2",
        engine=engine,
        value=ours - bare,
        compared_with="ms of the call to billing itself",
        compared_value=bare,
        note=f"payment methods: {ours:.1f} ms through, {bare:.1f} ms direct",
    )


def _crowded_home(home: Address, upstream: Mapping[str, Address], engine: str, id: str) -> Figure:
    return Figure(
        id=id,
        engine=engine,
        value=rate(lambda: Line(home)),
        compared_with="its calls one after another, a connection each",
        compared_value=rate(lambda: OneByOne(list(upstream.values()))),
    )


def _led_to(upstream: Mapping[str, Address]) -> dict[str, str]:
    """
    Return the environment that makes the gateway ask *upstream*.
    """
    return {f"{name.upper()}_URL": each.url.partition("/api/")[0] for name, each in upstream.items()}


def _portal(ledgerline: Installation, path: str, bearer: str) -> Address:
    return Address(f"{ledgerline.urls['portal-gateway']}/api/v1/{path}", lambda: bearer)


def _service(ledgerline: Installation, service: str, path: str) -> Address:
    desk = Desk(ledgerline)
    return Address(
        f"{ledgerline.urls[service]}/api/v1/{path}", lambda: desk.bearer(service, CUSTOMER.customer_id)
    )
