"""
How every web process runs: ``gunicorn -c python:shared.web.gunicorn 'billing.app:from_environment()'``.

A worker never outlives its master: with an open stream it would keep the port (settings.md, Processes).
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from shared import measures
from shared.rubbish import collect_seldom
from shared.settings import one
from shared.web import draining

PR_SET_PDEATHSIG = 1
SHARED_MEMORY = "/dev/shm"

workers = int(one("WEB_CONCURRENCY") or 1)
# Each listens by itself: of a shared socket one worker may take every connection, and those stay open.
reuse_port = workers > 1
worker_class = "gthread"
threads = 8
timeout = 30
graceful_timeout = 25
keepalive = 5
loglevel = "warning"
control_socket_disable = True
forwarded_allow_ips = ""  # X-Forwarded-* is believed from nobody
limit_request_line = 8190  # a sign-on code is a signed token inside a signed token
worker_tmp_dir = SHARED_MEMORY if Path(SHARED_MEMORY).is_dir() else None


def when_ready(server: Any) -> None:
    """
    On SIGTERM say "not ready" first and serve on for DRAIN_SECONDS: requests already on their way still come.
    """
    stop = server.handle_term

    def drain_then_stop() -> None:
        draining.begin()
        time.sleep(float(one("DRAIN_SECONDS") or 0))
        stop()

    server.handle_term = drain_then_stop


def post_worker_init(worker: Any) -> None:
    """
    Die with the master, also when it was killed outright.
    """
    collect_seldom()
    draining.watch(worker)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != worker.ppid:  # it died before we asked
        os.kill(os.getpid(), signal.SIGKILL)


def child_exit(_server: Any, worker: Any) -> None:
    """
    Let the metrics of a worker that ended be forgotten where they only hold for the living.
    """
    measures.forget(worker.pid)
