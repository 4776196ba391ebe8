"""``python -m deploy.local COMMAND``: what the targets of the Makefile call."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

import click

from deploy.local import packages, suite
from deploy.local.engines import lasting_folder
from deploy.local.installation import AlreadyRunning, Installation
from deploy.local.parent import die_with_parent, watch_parent
from deploy.local.ports import PortTaken
from deploy.local.program import NeverReady
from deploy.local.screen import Screen, welcome

VAR = Path(__file__).parents[2] / "var"


@click.group()
@click.option("--with-parent", is_flag=True, help="Stop when whoever started this dies.")
def main(with_parent: bool) -> None:
    """
    Run Ledgerline on this machine.
    """
    if with_parent:
        die_with_parent()


@main.command()
@click.option("--var", type=click.Path(path_type=Path), default=VAR / "run", show_default=True)
@click.option("--port-base", type=int, envvar="PORT_BASE", default=8000, show_default=True)
def run(var: Path, port_base: int) -> None:
    """
    Run all services on embedded engines until Ctrl-C.
    """
    screen = Screen()
    _until_told(Installation(var, port_base=port_base, hear=screen.hear, mourn=screen.mourn), screen)


@main.command()
@click.option("--var", type=click.Path(path_type=Path), default=VAR / "up", show_default=True)
@click.option("--port-base", type=int, envvar="PORT_BASE", default=8000, show_default=True)
def up(var: Path, port_base: int) -> None:
    """
    Run all services on a RabbitMQ and a PostgreSQL of their own until Ctrl-C.
    """
    screen = Screen()
    _must_have(*suite.FULL, screen=screen)
    installation = Installation(var, "full", port_base, lasting=True, hear=screen.hear, mourn=screen.mourn)
    _until_told(installation, screen)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def engines(command: tuple[str, ...]) -> None:
    """
    Run COMMAND with TEST_DATABASE_URL and TEST_RABBITMQ_URL naming engines started for it.
    """
    _must_have(*suite.FULL, screen=Screen())
    sys.exit(suite.with_engines(list(command)))


@main.command()
@click.option("--strict", is_flag=True, envvar="CI", help="Fail where something cannot be had.")
def test(strict: bool) -> None:
    """
    Run every test.
    """
    sys.exit(suite.run_all(strict=strict, say=Screen().say))


@main.command()
def clean() -> None:
    """
    Remove what full engines keep outside the checkout.
    """
    for name in ("run", "up"):
        shutil.rmtree(lasting_folder(VAR / name), ignore_errors=True)


def _until_told(installation: Installation, screen: Screen) -> None:
    told: SimpleQueue[None] = SimpleQueue()  # no event: a signal may interrupt the handler of another one
    asked: list[int] = []

    def tell(signum: int, _frame: FrameType | None) -> None:
        if asked:
            os._exit(1)  # asked twice: the kernel takes the children with us
        asked.append(signum)
        told.put(None)

    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, tell)
    screen.say(f"Starting Ledgerline in {installation.root} ...")
    started = time.monotonic()
    try:
        installation.start()
    except (PortTaken, AlreadyRunning, NeverReady) as problem:
        screen.say(str(problem))
        sys.exit(1)
    screen.say(welcome(installation, seconds=time.monotonic() - started))
    interrupted = watch_parent()
    while not _comes(told) and not interrupted():
        continue
    screen.say("Stopping ...")
    installation.stop()
    screen.say("Stopped.")


def _comes(told: SimpleQueue[None]) -> bool:
    try:
        told.get(timeout=1)
    except Empty:
        return False
    return True


def _must_have(*wanted: str, screen: Screen) -> None:
    missing = [name for name in wanted if not packages.have(name, say=screen.say)]
    if missing:
        screen.say(packages.complaint(missing))
        sys.exit(3)


if __name__ == "__main__":
    main()
