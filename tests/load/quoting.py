"""
Quotes at billing: how soon one is answered at twenty a second, and how many there can be.

Beside both, in the same minute, what the same web process answers without a database.
"""

import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from billing.models import Plan
from deploy.local.installation import Installation
from shared.db import Database
from tests.load.crowd import Desk
from tests.load.figures import Figure, percentile, spread
from tests.load.gateway import CUSTOMER
from tests.load.line import NotAnswered, rate
from tests.load.processes import Meter

RATE, SECONDS, WARM_UP = 20, 10, 20
AT_ONCE = 16
FIBRE = "plan_00000000000000000000000101"


class Asking:
    """
    One connection kept open that asks the same again and again.
    """

    def __init__(self, method: str, url: str, **asked: Any) -> None:
        self._http = requests.Session()
        self._http.trust_env = False
        self._method, self._url, self._asked = method, url, asked

    def get(self) -> bytes:
        """
        Ask, and insist on success.
        """
        answer = self._http.request(self._method, self._url, timeout=30, **self._asked)
        if not answer.ok:
            raise NotAnswered(f"{self._url} answered {answer.status_code}: {answer.text[:300]}")
        return answer.content

    def close(self) -> None:
        """
        Stop asking.
        """
        self._http.close()


def quoting(ledgerline: Installation, engine: str, wanted: Collection[str]) -> Iterator[Figure]:
    """
    Measure q1 and q2: a demo customer asks what one more plan would cost.
    """
    asked = _wanted(ledgerline)
    url = ledgerline.urls["billing"]

    def quote() -> Asking:
        bearer = Desk(ledgerline).bearer("billing", CUSTOMER.customer_id)
        return Asking("POST", f"{url}/api/v1/quotes", json=asked, headers={"Authorization": bearer})

    def bare() -> Asking:
        return Asking("GET", f"{url}/livez")

    if "q1" in wanted:
        without = _answered(bare)
        meter = Meter(ledgerline.pids())
        ours = _answered(quote)
        yield Figure(
            id="q1",
            engine=engine,
            value=percentile(ours, 0.95),
            compared_with="/livez, p95 at the same rate",
            compared_value=percentile(without, 0.95),
            note=f"{spread(ours)}; CPU a quote: {meter.words(len(ours))}",
        )
    if "q2" in wanted:
        yield Figure(
            id="q2", engine=engine, value=rate(quote), compared_with="/livez", compared_value=rate(bare)
        )


def _wanted(ledgerline: Installation) -> dict[str, object]:
    with Database(ledgerline.database_urls["billing"]).read() as session:
        version = session.get_one(Plan, FIBRE).version
    item = {"plan_id": FIBRE, "version": version, "quantity": 1}
    return {"kind": "order", "items": [item], "billing_type": "recurring", "timezone": "Europe/Dublin"}


def _answered(connect: Callable[[], Asking]) -> list[float]:
    """
    Return the milliseconds of each of twenty calls a second, from the instant it was due.
    """
    lines = [connect() for _ in range(AT_ONCE)]
    for n in range(WARM_UP):
        lines[n % AT_ONCE].get()
    start = time.monotonic() + 0.2

    def ask(caller: int) -> list[float]:
        found = []
        for n in range(caller, RATE * SECONDS, AT_ONCE):
            time.sleep(max(0.0, start + n / RATE - time.monotonic()))
            lines[caller].get()
            found.append((time.monotonic() - start - n / RATE) * 1000)
        lines[caller].close()
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [took for found in pool.map(ask, range(AT_ONCE)) for took in found]
