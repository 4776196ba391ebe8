"""Keeps one program alive: starts it, keeps its lines, starts it again with a growing pause when it dies."""

import logging
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from logging.handlers import RotatingFileHandler
from pathlib import Path
from subprocess import Popen

from deploy.local.program import NeverReady, Program, spawn, sweep, wait_until

PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)
STEADY_SECONDS = 30.0
LAST_LINES = 15
LOG_BYTES = 5_000_000

Listener = Callable[[str, str], None]
Mourner = Callable[[str, int, list[str]], None]


class Keeper:
    """
    Keeps *program* alive from ``start`` to ``stop``.

    One thread of its own starts the program and waits for it: the kernel ties a child to the thread that
    started it. *hear* gets each line with the program's name, *mourn* each unexpected death.
    """

    def __init__(
        self,
        program: Program,
        *,
        log: Path,
        hear: Listener = lambda name, line: None,
        mourn: Mourner = lambda name, code, lines: None,
    ) -> None:
        self.program = program
        self.deaths = 0
        self._log, self._hear, self._mourn = log, hear, mourn
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._child: Popen[bytes] | None = None
        self._born = threading.Event()
        self._birth = threading.Lock()  # between a start and the order to stop
        self._lines: deque[str] = deque(maxlen=LAST_LINES)
        self._pauses = iter(PAUSES)

    @property
    def name(self) -> str:
        """
        The program's name.
        """
        return self.program.name

    @property
    def pid(self) -> int | None:
        """
        The process id of the program, None while it is down.
        """
        child = self._child
        return child.pid if child is not None and child.returncode is None else None

    def start(self) -> None:
        """
        Start the program and keep it alive from now on; does nothing where it is kept already.
        """
        if self._thread is not None and self._thread.is_alive():
            return
        self._stopping.clear()
        self._born.clear()
        self._thread = threading.Thread(target=self._keep, name=f"keeper of {self.name}", daemon=True)
        self._thread.start()
        self._born.wait()

    def wait_ready(self, within: float = 30.0) -> None:
        """
        Wait until the program says it is ready.

        :raises NeverReady: with its last lines, when that takes too long or it keeps dying
        """
        deaths = self.deaths
        try:
            wait_until(
                self.program.ready, what=self.name, within=within, alive=lambda: self.deaths < deaths + 3
            )
        except NeverReady as never:
            raise NeverReady("\n".join([str(never), *self._lines])) from None

    def kill(self, signum: signal.Signals = signal.SIGKILL) -> int | None:
        """
        Send the program itself a signal and return its process id; the keeper starts it again if it dies.
        """
        pid = self.pid
        if pid is not None:
            os.kill(pid, signum)
        return pid

    def stop(self) -> None:
        """
        Ask the program to stop, kill it when its grace is over, and wait until it is gone.
        """
        with self._birth:
            self._stopping.set()
            self.kill(self.program.stop_signal)
        if self._thread is None:
            return
        self._thread.join(self.program.grace)
        if self._thread.is_alive() and self._child is not None:
            sweep(self._child.pid)
        self._thread.join()

    def forgive(self) -> None:
        """
        Begin again with the shortest pause, as after a long life.
        """
        self._pauses = iter(PAUSES)

    def change(self, env: Mapping[str, str]) -> None:
        """
        Start the program with *env* on top of its environment from the next start on.
        """
        self.program = replace(self.program, env={**self.program.env, **env})

    def _keep(self) -> None:
        self.forgive()
        while True:
            started = time.monotonic()
            code = self._live()
            if self._stopping.is_set():
                return
            self.deaths += 1
            self._mourn(self.name, code, list(self._lines))
            if time.monotonic() - started > STEADY_SECONDS:
                self.forgive()
            if self._stopping.wait(next(self._pauses, PAUSES[-1])):
                return

    def _live(self) -> int:
        with self._birth:
            if self._stopping.is_set():
                return 0
            self._lines.clear()
            try:
                child = self._child = spawn(self.program)
            finally:
                self._born.set()
        reader = threading.Thread(
            target=self._read, args=(child,), name=f"reader of {self.name}", daemon=True
        )
        reader.start()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        sweep(child.pid)  # while the id still belongs to the dead leader of the group
        reader.join()
        return child.wait()

    def _read(self, child: Popen[bytes]) -> None:
        assert child.stdout is not None
        with closing(_log_file(self._log)) as log, child.stdout as lines:
            for raw in lines:
                line = raw.decode(errors="replace").rstrip("\n")
                log.emit(logging.makeLogRecord({"msg": line}))
                self._lines.append(line)
                self._hear(self.name, line)


def _log_file(path: Path) -> RotatingFileHandler:
    path.parent.mkdir(parents=True, exist_ok=True)
    return RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8")
