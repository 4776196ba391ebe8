"""
The worker process of a service: hears facts, sends facts, tries again, and does the service's own jobs.

``Worker(...).run()`` is all a service's ``worker.main`` needs. SIGTERM stops it cleanly: the batch in hand is
finished, what was not taken goes back to the queue.
"""

import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

import structlog

from shared.bus import inbox, metrics, relay
from shared.bus.bell import Bell, listen
from shared.bus.consumer import consume
from shared.bus.handlers import Handlers
from shared.bus.retry import retry_due
from shared.db import Database
from shared.rubbish import collect_seldom

RETRY_SECONDS = 0.5
MEASURE_SECONDS = 5.0
FORGET_SECONDS = 3600.0
BEAT_SECONDS = 1.0
REST_SECONDS = (
    0.1  # between small batches, at most: copies may be so late where the machine has too much to do
)
STOP_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 60.0
RAREST_SECONDS = 4.0
RARER = 0.25  # of the time nothing was told

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """
    Something the worker does again and again: every *every_seconds*, and with *wake_on_write* also as soon as
    something was told. A run that returns True has more to do and is called again at once.

    While nothing is told the looks become rarer, up to one in ``RAREST_SECONDS``: whatever falls due is then
    found late by at most a quarter of the time it has waited.
    """

    name: str
    every_seconds: float
    run: Callable[[], object]
    wake_on_write: bool = False


class Worker:
    """
    All threads of one worker process.
    """

    def __init__(
        self,
        service: str,
        db: Database,
        handlers: Handlers,
        bus_url: str,
        jobs: Sequence[Job] = (),
        *,
        heartbeat: Path | None = None,
    ) -> None:
        self.service = service
        self.heartbeat = heartbeat or _heartbeat_file(service, db)
        self._db, self._handlers, self._bus_url = db, handlers, bus_url
        self._bell, self._stop = Bell(), threading.Event()
        self._told: SimpleQueue[None] = SimpleQueue()
        self._jobs = [
            Job("inbox-retry", RETRY_SECONDS, lambda: retry_due(db, handlers)),
            Job("measure", MEASURE_SECONDS, lambda: metrics.measure(db)),
            Job("forget-old", FORGET_SECONDS, lambda: _forget_old(db)),
            *jobs,
        ]

    def run(self) -> None:
        """
        Work until SIGTERM, SIGINT or ``stop``.
        """
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._on_signal)
            signal.signal(signal.SIGINT, self._on_signal)
            collect_seldom()
        threads = self._threads()
        for thread in threads:
            thread.start()
        log.info("worker.ready", service=self.service, jobs=[job.name for job in self._jobs])
        while not self._is_told():
            if all(thread.is_alive() for thread in threads):
                self.heartbeat.touch()
        self._stop.set()
        self._bell.ring()
        for thread in threads:
            thread.join(STOP_SECONDS)
        self.heartbeat.unlink(missing_ok=True)
        log.info("worker.stopped", service=self.service)

    def stop(self) -> None:
        """
        End ``run`` soon; may be called from anywhere.
        """
        self._told.put(None)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # No lock, not even an event's: a second signal may come while this handler runs (the kernel sends one
        # for each thread of a launcher that died) and would wait for ever for what the first one holds.
        self._told.put(None)

    def _is_told(self) -> bool:
        try:
            self._told.get(timeout=BEAT_SECONDS)
        except Empty:
            return False
        return True

    def _threads(self) -> list[threading.Thread]:
        db, stop, bell = self._db, self._stop, self._bell
        threads = [
            _thread("listen", lambda: listen(db, bell, stop)),
            _thread("relay", lambda: relay.relay(db, self._bus_url, bell, stop, service=self.service)),
        ]
        if self._handlers.names:
            threads.append(_thread("consume", self._consume))
        return threads + [_job_thread(job, bell, stop) for job in self._jobs]

    def _consume(self) -> None:
        consume(self._db, self._handlers, self._bus_url, self._stop, rest_seconds=REST_SECONDS)


def _job_thread(job: Job, bell: Bell, stop: threading.Event) -> threading.Thread:
    return _thread(f"job {job.name}", lambda: _repeat(job, bell, stop))


def _thread(name: str, target: Callable[[], None]) -> threading.Thread:
    return threading.Thread(target=target, name=name, daemon=True)


def _repeat(job: Job, bell: Bell, stop: threading.Event) -> None:
    failures = 0
    while not stop.is_set():
        heard = bell.rings
        try:
            more = job.run() is True
            failures = 0
        except Exception:
            failures += 1
            more = False
            log.exception("worker.job_failed", job=job.name, failures=failures)
        if more:
            continue
        if failures:
            stop.wait(min(job.every_seconds * 2 ** (failures - 1), LONGEST_PAUSE_SECONDS))
        elif job.wake_on_write:
            bell.wait(heard, pause(job, bell))
        else:
            stop.wait(pause(job, bell))


def pause(job: Job, bell: Bell) -> float:
    """
    Return how many seconds *job* rests before it looks again by itself.
    """
    return max(job.every_seconds, min(bell.silence * RARER, RAREST_SECONDS))


def _forget_old(db: Database) -> None:
    relay.forget_old(db)
    with db.begin() as session:
        inbox.forget_old(session)


def _heartbeat_file(service: str, db: Database) -> Path:
    folder = Path(str(db.engine.url.database)).parent if db.is_sqlite else Path(tempfile.gettempdir())
    return folder / f"ledgerline-{service}-worker.alive"
