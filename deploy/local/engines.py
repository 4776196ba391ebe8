"""What an installation stands on: SQLite and the embedded bus, or PostgreSQL and RabbitMQ of its own."""

import hashlib
import importlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from deploy.local import postgres, rabbitmq
from deploy.local.keeper import Keeper, Listener, Mourner
from deploy.local.program import Program
from deploy.local.services import PAYMENTS, SERVICES

OUTSIDE = Path("/var/lib/ledgerline")


class Engines:
    """
    The databases and the bus of the installation in *root*.

    Full engines that are *lasting* keep their data; root keeps it outside the checkout, which the account
    PostgreSQL runs as may not be able to enter.
    """

    def __init__(self, kind: Literal["embedded", "full"], root: Path, *, lasting: bool) -> None:
        self.kind, self.lasting = kind, lasting
        self._root = root
        self._folder: Path | None = None
        self._keepers: dict[str, Keeper] = {}
        payments = {PAYMENTS: f"sqlite:///{root}/data/{PAYMENTS}.db"}
        embedded = {each.name: f"sqlite:///{root}/data/{each.name}.db" for each in SERVICES}
        self.database_urls: Mapping[str, str] = {**embedded, **payments}
        self.bus_url = f"sqlbus:///{root}/data/bus.db"

    @property
    def names(self) -> list[str]:
        """
        The names of the engines' processes.
        """
        return list(self._keepers)

    def keeper(self, name: str) -> Keeper:
        """
        Return who keeps the engine *name* alive.
        """
        return self._keepers[name]

    def start(self, hear: Listener, mourn: Mourner) -> None:
        """
        Bring the engines up and learn their addresses; embedded engines need nothing.
        """
        if self.kind == "embedded":
            return
        folder = self._folder = self._make_folder()
        database = postgres.Node(folder / "postgresql", durable=self.lasting)
        broker = rabbitmq.Node(folder / "rabbitmq", definitions=_definitions())
        database.prepare()
        broker.prepare()
        log = self._root / "log"
        made = [database.program(), *broker.programs()]
        self._keepers = {
            each.name: Keeper(each, log=log / f"{each.name}.log", hear=hear, mourn=mourn) for each in made
        }
        self._wait(made)
        names = [each.name for each in SERVICES]
        database.create(*names)
        self.database_urls = {**self.database_urls, **{name: database.url(name) for name in names}}
        self.bus_url = broker.url

    def stop(self) -> None:
        """
        Stop the engines, and throw their data away unless it is to last.
        """
        for keeper in reversed(list(self._keepers.values())):
            keeper.stop()
        if self._folder is not None and not self.lasting:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self, programs: list[Program]) -> None:
        for program in programs:
            self._keepers[program.name].start()
        with ThreadPoolExecutor(len(programs)) as pool:
            list(pool.map(lambda program: self._keepers[program.name].wait_ready(60), programs))

    def _make_folder(self) -> Path:
        if not self.lasting:
            folder = Path(tempfile.mkdtemp(prefix="ledgerline-"))
        elif os.geteuid() == 0:
            folder = lasting_folder(self._root)
        else:
            folder = self._root / "engines"
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # PostgreSQL's account must get through
        return folder


def lasting_folder(root: Path) -> Path:
    """
    Return where root keeps the engines' data of the installation in *root*.
    """
    return OUTSIDE / hashlib.sha256(str(root).encode()).hexdigest()[:12]


def _definitions() -> Mapping[str, Any]:
    made: Mapping[str, Any] = importlib.import_module("shared.bus.topology").definitions()
    return made
