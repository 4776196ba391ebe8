"""The launcher keeps programs alive and takes all of them with it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.keeper import Keeper
from deploy.local.ports import PortTaken, free_port, is_taken
from deploy.local.program import NeverReady, Program
from shared.settings import environment

SLEEPS = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
GRANDCHILD = (
    sys.executable,
    "-c",
    "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).wait()",
)
LAUNCHES_AND_WAITS = """
import sys, time
from pathlib import Path
from deploy.local.keeper import Keeper
from deploy.local.program import Program
keeper = Keeper(Program("sleeper", ("sleep", "60")), log=Path(sys.argv[1]))
keeper.start()
print(keeper.pid, flush=True)
time.sleep(60)
"""

Keep = Callable[..., Keeper]


@pytest.fixture
def keep(tmp_path: Path) -> Iterator[Keep]:
    made = []

    def start(*argv: str, **options: object) -> Keeper:
        program = Program("sleeper", argv, env=environment(), **options)  # type: ignore[arg-type]
        keeper = Keeper(program, log=tmp_path / "log")
        made.append(keeper)
        keeper.start()
        return keeper

    yield start
    for keeper in made:
        keeper.stop()


def test_what_is_killed_is_started_again(keep: Keep) -> None:
    keeper = keep(*SLEEPS)

    killed = keeper.kill()

    assert _soon(lambda: keeper.pid not in (None, killed))
    assert keeper.deaths == 1


def test_what_is_stopped_stays_down(keep: Keep) -> None:
    keeper = keep(*SLEEPS)
    pid = keeper.pid

    keeper.stop()

    assert keeper.pid is None
    assert not _lives(pid)
    assert keeper.deaths == 0


def test_what_ignores_the_order_to_stop_is_killed_after_its_grace(keep: Keep) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    keeper = keep(sys.executable, "-c", deaf, grace=0.2)
    pid = keeper.pid

    keeper.stop()

    assert not _lives(pid)


def test_a_child_of_a_killed_program_goes_too(keep: Keep) -> None:
    keeper = keep(*GRANDCHILD)
    assert _soon(lambda: bool(_children(keeper.pid)))
    (grandchild,) = _children(keeper.pid)

    keeper.stop()

    assert _soon(lambda: not _lives(grandchild))


def test_a_program_that_keeps_dying_says_why(keep: Keep) -> None:
    keeper = keep(sys.executable, "-c", "raise SystemExit('no such table')", ready=lambda: False)

    with pytest.raises(NeverReady, match="no such table"):
        keeper.wait_ready(10)


def test_a_command_that_does_not_exist_is_a_death(keep: Keep) -> None:
    keeper = keep("/nowhere/program", ready=lambda: False)

    with pytest.raises(NeverReady, match="No such file"):
        keeper.wait_ready(10)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ties children to parents on Linux only")
def test_killing_the_launcher_leaves_no_child(tmp_path: Path) -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHES_AND_WAITS, str(tmp_path / "log")],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    with launcher:
        assert launcher.stdout is not None
        child = int(launcher.stdout.readline())

        launcher.kill()

    assert _soon(lambda: not _lives(child))


def test_a_port_in_use_is_named() -> None:
    import socket

    with socket.create_server(("127.0.0.1", free_port())) as server:
        port = server.getsockname()[1]

        assert is_taken(port)
        assert f"Port {port} is taken (wanted by billing)" in str(PortTaken(port, "billing"))


def _soon(holds: Callable[[], bool], within: float = 10.0) -> bool:
    until = time.monotonic() + within
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.02)
    return False


def _lives(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def _children(pid: int | None) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(each) for each in listed.stdout.split()]
