"""What the processes of a service measure is shown together, on one machine or in several containers."""

import subprocess
import sys
from pathlib import Path

from shared.settings import environment

CHILD = """
import sys
from shared import measures
measures.MACHINE = sys.argv[1]
measures.Counter("heard", "Facts.").inc(int(sys.argv[2]))
measures.Gauge("parked", "Facts.", multiprocess_mode="mostrecent").set(int(sys.argv[2]))
measures.Gauge("open", "Calls.", multiprocess_mode="livemax").set(1)
if sys.argv[3:]:
    measures.forget(int(sys.argv[3]))
"""
SHOW = """
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def run(folder: Path, code: str, *words: str) -> str:
    env = {**environment(), "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code, *words], env=env, check=True, capture_output=True, text=True
    ).stdout


def test_processes_of_one_number_on_two_machines_keep_their_own_figures(tmp_path: Path) -> None:
    pinned = CHILD.replace("import sys\n", "import os, sys\nos.getpid = lambda: 1\n")
    run(tmp_path, pinned, "web-a", "2")
    run(tmp_path, pinned, "worker-b", "3")

    shown = run(tmp_path, SHOW)
    assert "heard_total 5.0" in shown
    assert "parked 3.0" in shown
    assert sorted(file.name for file in tmp_path.glob("counter*")) == [
        "counter_web-a-1.db",
        "counter_worker-b-1.db",
    ]


def test_what_only_holds_for_the_living_is_forgotten_with_its_process_alone(tmp_path: Path) -> None:
    pinned = CHILD.replace("import sys\n", "import os, sys\nos.getpid = lambda: 7\n")
    run(tmp_path, pinned, "web-a", "1")
    run(tmp_path, pinned, "web-b", "1", "7")

    assert [file.name for file in tmp_path.glob("gauge_live*")] == ["gauge_livemax_web-a-7.db"]
