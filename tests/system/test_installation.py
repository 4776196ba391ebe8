"""The launcher brings a whole installation up, keeps it up, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.local.installation import AlreadyRunning, Installation
from deploy.local.ports import free_block
from deploy.local.services import PORTS

ROOT = Path(__file__).parents[2]
FIBRE = "plan_00000000000000000000000101"
RECOVERY_SECONDS = 10.0


class Subscriber:
    """
    Somebody who uses the public API of an installation.
    """

    def __init__(self, installation: Installation, login: str) -> None:
        self._api = f"{installation.urls['portal-gateway']}/api/v1"
        self._http = requests.Session()
        self._http.trust_env = False
        session = self.ask("POST", "/sessions", json={"login": login, "password": "ledgerline-demo"})
        self._http.headers["Authorization"] = f"Bearer {session['access_token']}"

    def ask(self, method: str, path: str, **options: Any) -> Any:
        answer = self._http.request(method, self._api + path, timeout=30, **options)
        assert answer.ok, answer.text
        return answer.json()

    def order(self, plan_id: str) -> Any:
        """
        Order one plan with the first saved card.
        """
        self.ask("POST", "/basket/items", json={"plan_id": plan_id, "quantity": 1})
        quote = self.ask("POST", "/quotes", json={"kind": "order"})
        card = self.ask("GET", "/payment-methods")["items"][0]
        confirm = {"quote_id": quote["id"], "payment": {"payment_method_id": card["id"]}}
        return self.ask("POST", "/orders", json=confirm, headers={"Idempotency-Key": quote["id"]})

    def status(self, order_id: str) -> str:
        """
        Return the status of an order.
        """
        return str(self.ask("GET", f"/orders/{order_id}")["status"])


@pytest.fixture
def launcher(tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """
    A function that starts ``deploy.local run`` as the Makefile does.
    """
    started = []

    def start(port_base: int, *, folder: str = "run") -> "subprocess.Popen[str]":
        options = ("--var", str(tmp_path / folder), "--port-base", str(port_base))
        child = subprocess.Popen(
            [sys.executable, "-m", "deploy.local", "run", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def test_every_process_answers_and_none_died(installation: Installation) -> None:
    probes = {name: requests.get(f"{url}/livez", timeout=5) for name, url in installation.urls.items()}

    assert {name: probe.status_code for name, probe in probes.items()} == dict.fromkeys(probes, 200)
    assert sum(installation.deaths().values()) == 0


def test_an_order_becomes_an_active_service(installation: Installation) -> None:
    subscriber = Subscriber(installation, "postpaid")

    order = subscriber.order(FIBRE)

    assert _soon(lambda: subscriber.status(order["id"]) == "active")
    assert [each["status"] for each in subscriber.ask("GET", "/services")["items"]] == ["active"]


@pytest.mark.rabbitmq
@pytest.mark.postgres
def test_an_order_becomes_an_active_service_on_full_engines(tmp_path: Path) -> None:
    with Installation(tmp_path, "full") as installation:
        subscriber = Subscriber(installation, "postpaid")

        order = subscriber.order(FIBRE)

        assert _soon(lambda: subscriber.status(order["id"]) == "active")


@pytest.mark.parametrize("name", ["portal-gateway", "billing", "billing-worker", "sandbox-payments"])
def test_what_is_killed_is_ready_again_within_ten_seconds(installation: Installation, name: str) -> None:
    deaths = installation.deaths()[name]
    killed = installation.kill(name)

    assert _soon(lambda: installation.pids().get(name, killed) != killed)
    installation.wait_ready(name, within=RECOVERY_SECONDS)
    assert installation.deaths()[name] == deaths + 1


def test_a_second_launcher_in_the_same_folder_is_refused(installation: Installation) -> None:
    with pytest.raises(AlreadyRunning):
        Installation(installation.root).start()


def test_a_second_start_says_which_port_is_taken(
    installation: Installation, launcher: Callable[..., "subprocess.Popen[str]"]
) -> None:
    second = launcher(installation.port_base)

    output, _ = second.communicate(timeout=60)

    assert second.returncode == 1
    assert f"Port {installation.port_base} is taken (wanted by portal-gateway)" in output


def test_control_c_stops_everything(launcher: Callable[..., "subprocess.Popen[str]"], tmp_path: Path) -> None:
    child = launcher(free_block(PORTS))
    page = _read_until(child, r"Stop +Ctrl-C")
    assert "Customer portal" in page
    assert _processes_of(tmp_path)

    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=60)

    assert child.returncode == 0, output
    assert _processes_of(tmp_path) == []


def test_killing_the_launcher_stops_everything(
    launcher: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    child = launcher(free_block(PORTS))
    _read_until(child, r"Stop +Ctrl-C")

    child.kill()

    assert _soon(lambda: _processes_of(tmp_path) == [])


def _soon(holds: Callable[[], bool], within: float = 30.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


def _read_until(child: "subprocess.Popen[str]", pattern: str) -> str:
    assert child.stdout is not None
    seen = ""
    for line in child.stdout:
        seen += line
        if re.search(pattern, line):
            break
    return seen


def _processes_of(folder: Path) -> list[int]:
    """
    Return the processes whose environment names *folder* (Linux only).
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environ = (entry / "environ").read_bytes()
            alive = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            continue
        if alive and f"KEYS_DIR={folder}".encode() in environ and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found
