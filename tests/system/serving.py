"""One service as it really runs: gunicorn, a socket, a process of its own."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from deploy.local.ports import free_block
from shared.db import Database
from shared.settings import environment

Serving = tuple["subprocess.Popen[bytes]", str]


@contextmanager
def serving(
    db: Database, keys: Path, package: str, *, drain: float = 0, workers: int = 1
) -> Iterator[Serving]:
    """
    One service on its own, ready, and its address; *workers* is how many processes answer.
    """
    at = f"127.0.0.1:{free_block(1)}"
    own = {"DATABASE_URL": db.url, "KEYS_DIR": str(keys), "DRAIN_SECONDS": str(drain)}
    own["WEB_CONCURRENCY"] = str(workers)
    command = ["-m", "gunicorn", "--config", "python:shared.web.gunicorn", "--bind", at]
    process = subprocess.Popen(
        [sys.executable, *command, "--no-control-socket", f"{package}.app:from_environment()"],
        env={**environment(), **own},
    )
    try:
        wait_for(f"http://{at}/readyz", 200)
        yield process, f"http://{at}"
    finally:
        process.kill()
        process.wait()


def wait_for(url: str, status: int) -> None:
    """
    Return once *url* answers *status*, which must be soon.
    """
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            if requests.get(url, timeout=5).status_code == status:
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{url} never answered {status}")
