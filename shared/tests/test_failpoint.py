"""An armed point kills; everything else passes by."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import failpoint
from shared.settings import environment

PASSING = """
from shared.failpoint import failpoint
for _ in range(3):
    failpoint("here", facts=["told", "heard"])
    print("passed", flush=True)
"""


@pytest.fixture(autouse=True)
def disarmed() -> Iterator[None]:
    yield
    failpoint.arm("")


def run(**armed: str) -> tuple[int, int]:
    """
    Pass the point three times in a process of its own; return its exit code and how often it got past.
    """
    done = subprocess.run(
        [sys.executable, "-c", PASSING], env={**environment(), **armed}, capture_output=True, text=True
    )
    return done.returncode, done.stdout.count("passed")


def test_a_point_that_is_not_armed_does_nothing() -> None:
    failpoint.failpoint("anywhere")

    assert run(FAILPOINT="elsewhere") == (0, 3)


def test_an_armed_point_kills_at_its_first_passing() -> None:
    assert run(FAILPOINT="here") == (-9, 0)


def test_a_point_may_kill_at_a_later_passing() -> None:
    assert run(FAILPOINT="elsewhere,here:3") == (-9, 2)


def test_with_a_folder_it_kills_once_only(tmp_path: Path) -> None:
    armed = {"FAILPOINT": "here:2", "FAILPOINT_DIR": str(tmp_path)}

    assert run(**armed) == (-9, 1)
    assert run(**armed) == (0, 3)
    assert [file.name for file in tmp_path.iterdir()] == ["here.tripped"]


def test_a_point_may_wait_for_one_fact(tmp_path: Path) -> None:
    assert run(FAILPOINT="here@heard:3", FAILPOINT_DIR=str(tmp_path)) == (-9, 2)
    assert run(FAILPOINT="here@another") == (0, 3)


def test_a_file_arms_a_process_that_runs_already(tmp_path: Path) -> None:
    (tmp_path / "here@told.armed").touch()

    assert run(FAILPOINT_DIR=str(tmp_path)) == (-9, 0)
    assert [file.name for file in tmp_path.iterdir()] == ["here@told.tripped"]
    assert run(FAILPOINT_DIR=str(tmp_path)) == (0, 3)
