"""
Counters, gauges and histograms of a process; those of all processes of a service are shown together.

With PROMETHEUS_MULTIPROC_DIR each process keeps its own in files of that folder. In containers every worker
is process 1, so a file also bears its machine's name: two of them never write into one.
"""

import os
import socket
from typing import Final

from prometheus_client import multiprocess, values

from shared.settings import environment

MACHINE: Final = socket.gethostname().replace("_", "-")  # file names are split at "_"


def identity(pid: int | None = None) -> str:
    """
    Return what tells a process, this one or *pid* of this machine, from all that share the folder.
    """
    return f"{MACHINE}-{pid or os.getpid()}"


def are_shared() -> bool:
    """
    Tell whether the processes of the service keep their figures in one folder.
    """
    return bool(environment().get("PROMETHEUS_MULTIPROC_DIR"))


def forget(pid: int) -> None:
    """
    Drop the figures of an ended process that only hold for the living.
    """
    if are_shared():
        multiprocess.mark_process_dead(identity(pid))  # type: ignore[no-untyped-call]


if are_shared():
    values.ValueClass = values.MultiProcessValue(identity)  # type: ignore[no-untyped-call]

# Only now: what is made from here on keeps its values as said above.
from prometheus_client import Counter, Gauge, Histogram  # noqa: E402

__all__ = ["Counter", "Gauge", "Histogram", "are_shared", "forget", "identity"]
