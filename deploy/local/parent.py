"""The launcher and whoever started it, usually make: when one goes, the other goes too."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from deploy.local.tether import PR_SET_PDEATHSIG

INTERRUPT_BIT = 1 << (signal.SIGINT - 1)


def die_with_parent() -> None:
    """
    Ask the kernel to send this process SIGTERM when its parent dies.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def watch_parent() -> Callable[[], bool]:
    """
    Return the question whether make was interrupted.

    Ctrl-C reaches make and us alike. But an interrupt sent to make alone makes it wait for us without a word;
    all that shows is that it no longer catches the signal (Linux).
    """
    status = Path(f"/proc/{os.getppid()}/status")
    if not _catches_interrupts(status):
        return lambda: False
    return lambda: not _catches_interrupts(status)


def _catches_interrupts(status: Path) -> bool:
    try:
        caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
    except (OSError, StopIteration):
        return False
    return bool(int(caught.split()[1], 16) & INTERRUPT_BIT)
