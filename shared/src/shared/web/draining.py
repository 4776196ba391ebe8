"""
Whether this web process is about to stop: told to all workers of one gunicorn, which share this byte.

From then on ``/readyz`` says no, so that whoever spreads requests sends none any more, while those that come
all the same are still answered.
"""

import mmap

_told = mmap.mmap(-1, 1)  # anonymous, so forked workers see what the master writes


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
