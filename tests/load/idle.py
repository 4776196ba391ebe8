"""What an installation takes while nobody uses it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from deploy.local.installation import Installation
from tests.load.figures import Figure
from tests.load.processes import cpu_seconds, families, pss

SETTLE_SECONDS, SECONDS = 15.0, 20.0
THIN = (
    "import sys, flask, flask_smorest, sqlalchemy.orm, kombu, amqp, marshmallow, requests, structlog, jwt\n"
    "sys.stdout.write('ready\\n'); sys.stdout.flush(); sys.stdin.read()"
)


def idle(ledgerline: Installation, engine: str) -> Iterator[Figure]:
    """
    Measure g: memory (PSS) and CPU of all processes, beside as many that only import the same libraries.
    """
    time.sleep(SETTLE_SECONDS)
    processes = families(ledgerline.pids().values())
    busy, memory = _cpu_share(processes), pss(processes)
    with _thin_processes(len(processes)) as thin:
        least, least_busy = pss(thin), _cpu_share(thin)
    beside = f"{len(thin)} processes that only import the libraries"
    yield Figure(id="g", engine=engine, value=memory, compared_with=beside, compared_value=least)
    yield Figure(id="gc", engine=engine, value=busy, compared_with=beside, compared_value=least_busy)


def _cpu_share(processes: list[int]) -> float:
    """
    Return how much of one core they use together, in per cent.
    """
    before = cpu_seconds(processes)
    time.sleep(SECONDS)
    return (cpu_seconds(processes) - before) / SECONDS * 100


@contextmanager
def _thin_processes(count: int) -> Iterator[list[int]]:
    pipe = subprocess.PIPE
    started = [subprocess.Popen([sys.executable, "-c", THIN], stdin=pipe, stdout=pipe) for _ in range(count)]
    try:
        for child in started:
            assert child.stdout is not None
            child.stdout.readline()
        yield [child.pid for child in started]
    finally:
        for child in started:
            child.communicate()
