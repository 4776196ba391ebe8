"""
One whole installation: engines, databases, keys and processes, in one folder and on ports of its own.

Used by ``make run`` and ``make up``, and by every test that needs the real thing::

    with Installation(tmp_path) as ledgerline:
        requests.get(ledgerline.urls["portal-gateway"] + "/livez")
        ledgerline.kill("billing-worker")            # it is started again, as in real life
"""

import fcntl
import json
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import SIGKILL, Signals
from types import TracebackType
from typing import Literal, Self, TextIO, TypeVar

from deploy.local import services
from deploy.local.engines import Engines
from deploy.local.keeper import Keeper, Listener, Mourner
from deploy.local.ports import PortTaken, free_block, is_taken
from deploy.local.program import NeverReady, Program
from deploy.local.services import PAYMENTS, PAYMENTS_STEP, PORTS, SERVICES, Place, Service
from shared.web.tokens import ensure_keys

READY_SECONDS = 90.0

T = TypeVar("T")


class AlreadyRunning(Exception):
    """
    Another launcher works in the same folder.
    """


class Installation:
    """
    Ledgerline in the folder *root*, on *engines*; without *port_base* on free ports.

    *env* is added to every process. *demo* fills in demo data. *lasting* keeps the full engines' data and
    makes every commit survive a power cut; otherwise that data is gone after ``stop``.
    """

    def __init__(
        self,
        root: Path,
        engines: Literal["embedded", "full"] = "embedded",
        port_base: int | None = None,
        env: Mapping[str, str] | None = None,
        *,
        demo: bool = True,
        lasting: bool = False,
        hear: Listener = lambda name, line: None,
        mourn: Mourner = lambda name, code, lines: None,
    ) -> None:
        self.root = root.absolute()
        self.port_base = free_block(PORTS) if port_base is None else port_base
        self.env, self.demo = dict(env or {}), demo
        self.engines = Engines(engines, self.root, lasting=lasting)
        self._hear, self._mourn = hear, mourn
        self._keepers: dict[str, Keeper] = {}
        self._lock: TextIO | None = None

    @property
    def urls(self) -> dict[str, str]:
        """
        The address of every web process by name.
        """
        return {
            **{each.name: self._url(each.step) for each in SERVICES},
            PAYMENTS: self._url(PAYMENTS_STEP),
        }

    @property
    def database_urls(self) -> Mapping[str, str]:
        """
        The SQLAlchemy URL of every service's database, once started.
        """
        return self.engines.database_urls

    @property
    def bus_url(self) -> str:
        """
        The URL of the bus, once started.
        """
        return self.engines.bus_url

    @property
    def names(self) -> list[str]:
        """
        The names of all processes, engines included.
        """
        return [*self.engines.names, *self._keepers]

    def start(self) -> None:
        """
        Bring everything up and return when all of it answers.

        :raises PortTaken: before anything is started
        :raises AlreadyRunning: when another launcher holds the folder
        :raises NeverReady: with the last lines of what failed, after stopping the rest
        """
        self._take_folder()
        try:
            self._check_ports()
            self._make_folders()
            self.engines.start(self._hear, self._mourn)
            ensure_keys(self.root / "keys")
            self._make_keepers()
            _each(self._prepare, SERVICES)
            self._start_workers()  # when every queue is bound
            self.wait_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """
        Stop everything, what takes requests first, and return when nothing is left.
        """
        webs = [keeper for keeper in self._keepers.values() if not keeper.name.endswith("-worker")]
        workers = [keeper for keeper in self._keepers.values() if keeper not in webs]
        for tier in (webs, workers):
            _each(Keeper.stop, tier)
        self.engines.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def kill(self, name: str, signum: Signals = SIGKILL) -> int | None:
        """
        Send the process *name* a signal and return its id; it is started again when that ends it.
        """
        return self._keeper(name).kill(signum)

    def forgive(self, name: str) -> None:
        """
        Let the process *name* be started again at once when it dies, however often it did.
        """
        self._keeper(name).forgive()

    def halt(self, name: str) -> None:
        """
        Stop the process *name* and leave it down.
        """
        self._keeper(name).stop()

    def resume(self, name: str, **env: str) -> None:
        """
        Start a halted process again, with *env* on top of its environment, and wait until it is ready.
        """
        keeper = self._keeper(name)
        keeper.change(env)
        keeper.start()
        keeper.wait_ready()

    def restart(self, name: str, **env: str) -> None:
        """
        Stop the process *name* and start it again with *env* on top of its environment.
        """
        self.halt(name)
        self.resume(name, **env)

    def wait_ready(self, *names: str, within: float = READY_SECONDS) -> None:
        """
        Wait until the named processes answer, all of them when none is named.
        """
        for name in names or tuple(self._keepers):
            self._keeper(name).wait_ready(within)

    def pids(self) -> dict[str, int]:
        """
        The process ids of what is up, by name.
        """
        known = {name: self._keeper(name).pid for name in self.names}
        return {name: pid for name, pid in known.items() if pid is not None}

    def deaths(self) -> dict[str, int]:
        """
        How often each process died unasked.
        """
        return {name: self._keeper(name).deaths for name in self.names}

    def run(self, service: str, *arguments: str) -> str:
        """
        Run a command of a service's own tool (``run("billing", "bus", "depth")``) and return what it prints.

        :raises NeverReady: with its words, when it fails
        """
        known = next(each for each in SERVICES if each.name == service)
        return self._call(known, services.command(known, *arguments))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _prepare(self, service: Service) -> None:
        done = self.root / "data" / f"{service.name}.prepared"
        wanted = f"{services.fingerprint(service)} {self.demo} {self.database_urls[service.name]}"
        embedded = self.engines.kind == "embedded"  # full engines may lose their data without our knowing
        if not (embedded and done.exists() and done.read_text() == wanted):
            self._call(service, services.preparation(service, demo=self.demo))
            done.write_text(wanted)
        self._keepers[service.name].start()

    def _start_workers(self) -> None:
        for service in SERVICES:
            self._keepers[f"{service.name}-worker"].start()

    def _call(self, service: Service, command: tuple[str, ...]) -> str:
        done = subprocess.run(
            command,
            env=services.service_env(self._place(), service, env=self.env),
            capture_output=True,
            text=True,
            cwd=services.HOME,
        )
        if done.returncode:
            raise NeverReady(f"{service.name} could not run {command}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _make_keepers(self) -> None:
        made = services.programs(self._place(), env=self.env)
        self._keepers = {program.name: self._keep(program) for program in made}
        self._keepers[PAYMENTS].start()

    def _keep(self, program: Program) -> Keeper:
        log = self.root / "log" / f"{program.name}.log"
        return Keeper(program, log=log, hear=self._hear, mourn=self._mourn)

    def _keeper(self, name: str) -> Keeper:
        return self._keepers[name] if name in self._keepers else self.engines.keeper(name)

    def _place(self) -> Place:
        return Place(self.root, self.port_base, self.database_urls, self.bus_url, self._secrets())

    def _secrets(self) -> dict[str, str]:
        file = self.root / "keys" / "payments.json"
        if not file.exists():
            names = ("PAYMENTS_API_KEY", "PAYMENTS_WEBHOOK_SECRET")
            file.touch(mode=0o600)
            file.write_text(json.dumps({name: secrets.token_urlsafe(32) for name in names}))
        made: dict[str, str] = json.loads(file.read_text())
        return made

    def _url(self, step: int) -> str:
        return Place(self.root, self.port_base, {}, "", {}).url(step)

    def _take_folder(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        lock = (self.root / "launcher.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise AlreadyRunning(f"Another launcher works in {self.root}.") from None
        self._lock = lock

    def _make_folders(self) -> None:
        for name in ("data", "log", "mail", "keys", "tmp"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "keys").chmod(0o700)
        for folder in (services.metrics_folder(self.root, each) for each in SERVICES):
            shutil.rmtree(folder, ignore_errors=True)  # of processes that are long gone
            folder.mkdir()

    def _check_ports(self) -> None:
        wanted = {each.step: each.name for each in SERVICES} | {PAYMENTS_STEP: PAYMENTS}
        for step, name in sorted(wanted.items()):
            if is_taken(self.port_base + step):
                raise PortTaken(self.port_base + step, name)


def _each(do: Callable[[T], object], things: Iterable[T]) -> None:
    with ThreadPoolExecutor(len(SERVICES) + 1) as pool:
        list(pool.map(do, things))
