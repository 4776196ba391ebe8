"""The steps of ``make test``: each is one pytest run, so each prints its own closing line."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import packages, postgres, rabbitmq
from shared.settings import environment

ROOT = Path(__file__).parents[2]
NOTHING_COLLECTED = 5
FULL = ("postgresql", "rabbitmq")

Say = Callable[[str], object]


@dataclass(frozen=True)
class Step:
    """
    One pytest run: its title, its arguments, and what must be installed for it.
    """

    title: str
    arguments: tuple[str, ...]
    needs: tuple[str, ...] = ()
    folders: tuple[str, ...] = field(default=())

    def command(self) -> list[str]:
        """
        Return the command line; folders that do not exist are left out.
        """
        there = [folder for folder in self.folders if (ROOT / folder).is_dir()]
        return [sys.executable, "-m", "pytest", *self.arguments, *there]


# Two at a time, a file in one go: its tests share an installation, which waits for most of the time.
BY_FILE = ("-n", "2", "--dist", "loadfile")

STEPS = (
    Step(
        "embedded engines: rules, doors, journeys, security, the house itself",
        (
            *("-n", "2", "-m", "not postgres and not rabbitmq and not browser and not chaos"),
            *(
                "--ignore=tests/system",
                "--ignore=tests/browser",
                "--ignore=tests/chaos",
                "--ignore=tests/load",
            ),
        ),
    ),
    Step(
        "embedded engines: whole installations, killed and restarted",
        (*BY_FILE, "-m", "not postgres and not rabbitmq and not browser"),
        folders=("tests/system", "tests/chaos"),
    ),
    Step(
        "RabbitMQ and PostgreSQL: bus, billing and journeys again",
        # The walk for words asks templates, not engines.
        ("-n", "2", "-m", "not browser and not chaos", "--ignore=tests/journeys/test_languages.py"),
        needs=FULL,
        folders=("shared/tests", "services/billing/tests", "tests/journeys"),
    ),
    Step(
        "RabbitMQ and PostgreSQL: the conformance of the bus, whole installations",
        (*BY_FILE, "-m", "(postgres or rabbitmq) and not browser"),
        needs=FULL,
        folders=("tests/system", "tests/chaos"),
    ),
    # One at a time: two Chromiums on two cores gain nothing.
    Step("Chromium: the portal and the admin screens", (), ("chromium",), ("tests/browser",)),
)


def run_all(*, strict: bool, say: Say) -> int:
    """
    Run every step and return the exit code; *strict* (CI) makes what cannot be had a failure.
    """
    failed, missing = [], []
    started = time.monotonic()
    for step in STEPS:
        lacking = [name for name in step.needs if not packages.have(name, say=say)]
        if lacking:
            missing += lacking
            say(packages.complaint(lacking))
            continue
        say(f"\n== {step.title}")
        if _run(step) not in (0, NOTHING_COLLECTED):
            failed.append(step.title)
    for title in failed:
        say(f"FAILED: {title}")
    for name in missing:
        say(f"NOT RUN, no {name} on this machine.")
    say(f"make test took {time.monotonic() - started:.0f} s")
    return 1 if failed or (strict and missing) else 0


def with_engines(command: list[str]) -> int:
    """
    Run *command* with TEST_DATABASE_URL and TEST_RABBITMQ_URL naming a PostgreSQL and a RabbitMQ of its own.
    """
    with ExitStack() as stack:
        database = stack.enter_context(postgres.running())
        broker = stack.enter_context(rabbitmq.running())
        urls = {"TEST_DATABASE_URL": database.url("postgres"), "TEST_RABBITMQ_URL": broker.url}
        return _call(command, urls)


def _run(step: Step) -> int:
    if step.folders and not any((ROOT / folder).is_dir() for folder in step.folders):
        return NOTHING_COLLECTED
    return with_engines(step.command()) if step.needs == FULL else _call(step.command(), {})


def _call(command: list[str], env: Mapping[str, str]) -> int:
    return subprocess.run(command, cwd=ROOT, env={**environment(), **env}).returncode
