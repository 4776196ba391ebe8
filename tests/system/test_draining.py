"""A web process that is told to stop says so first, and serves on for a while."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from deploy.local.ports import free_block
from shared.settings import environment
from shared.testing import open_migrated
from shared.web import tokens

DRAIN_SECONDS = 2.0


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """
    One service on its own, ready, and its address.
    """
    tokens.ensure_keys(tmp_path / "keys")
    db = open_migrated(tmp_path, "catalog")
    at = f"127.0.0.1:{free_block(1)}"
    own = {"DATABASE_URL": db.url, "KEYS_DIR": str(tmp_path / "keys"), "DRAIN_SECONDS": str(DRAIN_SECONDS)}
    command = ["-m", "gunicorn", "--config", "python:shared.web.gunicorn", "--bind", at]
    process = subprocess.Popen(
        [sys.executable, *command, "--no-control-socket", "catalog.app:from_environment()"],
        env={**environment(), **own},
    )
    wait_for(f"http://{at}/readyz", 200)
    yield process, f"http://{at}"
    process.kill()
    process.wait()


def wait_for(url: str, status: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            if requests.get(url, timeout=5).status_code == status:
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{url} never answered {status}")


def test_told_to_stop_it_is_not_ready_but_answers_until_it_is_gone(
    catalog: tuple["subprocess.Popen[bytes]", str],
) -> None:
    process, url = catalog

    process.send_signal(signal.SIGTERM)
    told = time.monotonic()
    wait_for(f"{url}/readyz", 503)

    assert requests.get(f"{url}/livez", timeout=2).status_code == 200
    assert process.wait(timeout=20) == 0
    assert time.monotonic() - told >= DRAIN_SECONDS
