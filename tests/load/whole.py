"""Figures of a whole installation, as ``make run`` and ``make up`` start it."""

import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from deploy.local.installation import Installation
from tests.load.figures import EMBEDDED, FULL, Figure
from tests.load.gateway import gateway, one_row
from tests.load.idle import idle
from tests.load.ordering import ordering
from tests.load.pages import pages
from tests.load.quoting import quoting

UNBOUND = {"REQUESTS_PER_MINUTE": "0"}  # one customer asks for what thousands would


def embedded(wanted: Collection[str]) -> Iterator[Figure]:
    """
    Measure g, h, c1-c3, q1, q2, f1 and f2 on embedded engines, the quiet ones first.
    """
    with _installation("embedded") as ledgerline:
        if "g" in wanted:
            yield from idle(ledgerline, EMBEDDED)
        if "h" in wanted:
            yield from pages(ledgerline, EMBEDDED)
        if {"c1", "c2", "c3"} & set(wanted):
            yield from gateway(ledgerline, EMBEDDED, wanted)
        if {"q1", "q2"} & set(wanted):
            yield from quoting(ledgerline, EMBEDDED, wanted)
        if {"f1", "f2"} & set(wanted):
            yield from ordering(ledgerline, EMBEDDED)


def full(wanted: Collection[str]) -> Iterator[Figure]:
    """
    Measure q1, q2, f1, f2 and c4 on RabbitMQ and PostgreSQL, which here keep nothing after a power cut.
    """
    with _installation("full") as ledgerline:
        if {"q1", "q2"} & set(wanted):
            yield from quoting(ledgerline, FULL, wanted)
        if {"f1", "f2"} & set(wanted):
            yield from ordering(ledgerline, FULL)
        if "c4" in wanted:
            yield one_row(ledgerline)


@contextmanager
def _installation(engines: Literal["embedded", "full"]) -> Iterator[Installation]:
    with (
        tempfile.TemporaryDirectory(prefix="ledgerline-load-") as folder,
        Installation(Path(folder), engines, env=UNBOUND) as ledgerline,
    ):
        yield ledgerline
