"""
Whether this web process is about to stop: told to all workers of one gunicorn, which share this byte.

From then on ``/readyz`` says no, so that whoever spreads requests sends none any more, while those that come
all the same are still answered.
"""

import mmap
import os
from typing import Protocol


class GunicornWorker(Protocol):
    """
    What we know of gunicorn's worker: whether it goes on, and whose child it was when it began.
    """

    alive: bool
    ppid: int


_told = mmap.mmap(-1, 1)  # anonymous, so forked workers see what the master writes
_workers: list[GunicornWorker] = []  # the one that runs us; none outside gunicorn


def begin() -> None:
    """
    Say that the process is about to stop.
    """
    _told[0] = 1


def over() -> None:
    """
    Take it back; for tests.
    """
    _told[0] = 0


def is_draining() -> bool:
    """
    Tell whether the process is about to stop.
    """
    return _told[0] == 1


def watch(worker: GunicornWorker) -> None:
    """
    Remember the worker this process is.
    """
    _workers[:] = [worker]


def is_stopping() -> bool:
    """
    Tell whether this process waits for its answers to end: an answer that never ends by itself ends now.
    """
    gone = any(not each.alive or os.getppid() != each.ppid for each in _workers)
    return gone or is_draining()
