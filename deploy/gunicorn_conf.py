"""
How every web process is served, on a laptop and in a container; threads and address come as options.

A worker asks the kernel to die with its master: after ``kill -9`` of a master with an open stream it would
hold the port for ever.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path
from typing import Any

worker_class = "gthread"
workers = 1
timeout = 30
graceful_timeout = 25
keepalive = 5
control_socket_disable = True
forwarded_allow_ips = "127.0.0.1"
loglevel = "warning"
errorlog = "-"
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None

PR_SET_PDEATHSIG = 1


def post_worker_init(worker: Any) -> None:
    """
    Tie the worker to its master.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != worker.ppid:
        os._exit(1)
