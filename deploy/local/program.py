"""
A program to start, and how to start it so that it never outlives us.

A child leads its own session, so Ctrl-C reaches only the launcher; the kernel sends it SIGTERM when the
thread that started it ends (Linux), so even ``kill -9`` of the launcher leaves nothing behind.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TETHER = Path(__file__).with_name("tether.py")


class NeverReady(Exception):
    """
    A program did not become ready in time, or did not stay alive.
    """


@dataclass(frozen=True)
class Program:
    """
    A command line with its environment, and the question that tells when it is ready.

    *user* is the account to run as (only root may choose); the higher its *niceness*, the sooner it waits
    where there is too little processor; *grace* is how many seconds it gets to stop.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] = lambda: True
    user: str | None = None
    niceness: int = 0
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    folder: Path | None = None


def spawn(program: Program) -> subprocess.Popen[bytes]:
    """
    Start *program*; its standard output and error come back through one pipe.
    """
    tether = (sys.executable, "-I", "-S", str(TETHER))
    bound = (str(os.getpid()), program.user or "", str(program.niceness))
    return subprocess.Popen(
        [*tether, *bound, *program.argv],
        env=dict(program.env),
        cwd=program.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def sweep(group: int) -> None:
    """
    Kill whatever is left of a process group.
    """
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def wait_until(ready: Callable[[], bool], *, what: str, within: float, alive: Callable[[], bool]) -> None:
    """
    Wait for *ready* to say yes.

    :raises NeverReady: after *within* seconds, or as soon as *alive* says no
    """
    until = time.monotonic() + within
    while not ready():
        if not alive():
            raise NeverReady(f"{what} stopped while it was starting")
        if time.monotonic() > until:
            raise NeverReady(f"{what} was not ready within {within:.0f} s")
        time.sleep(0.05)
