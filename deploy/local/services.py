"""Which processes make up an installation, and the environment each one gets."""

import hashlib
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.ports import HOST
from deploy.local.program import Program
from shared.settings import environment

SERVING = "python:shared.web.gunicorn"
BIN = Path(sys.executable).parent
HOME = Path(__file__).parents[2]
KEPT_FROM_OUTSIDE = ("PATH", "HOME", "LANG", "TZ", "SSL_CERT_FILE", "LOG_LEVEL", "MAIL_URL")
ASK = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Service:
    """
    One service: its name, its package, how far its port is from the base, its threads, what its UI is called.
    """

    name: str
    package: str
    step: int
    threads: int = 4
    ui: str = ""

    @property
    def tool(self) -> str:
        """
        The command it is looked after with.
        """
        return str(BIN / f"ledgerline-{self.name}")


GATEWAY = Service("portal-gateway", "portal_gateway", 0, threads=64, ui="portal")
CUSTOMERS = Service("customers", "customers", 1, ui="customers")
CATALOG = Service("catalog", "catalog", 2, ui="catalog")
BILLING = Service("billing", "billing", 3, threads=32, ui="billing")  # many of them wait for a payment
TICKETS = Service("tickets", "tickets", 4, ui="tickets")

SERVICES = (GATEWAY, CUSTOMERS, CATALOG, BILLING, TICKETS)
PAYMENTS = "sandbox-payments"
PAYMENTS_STEP = 5
PORTS = len(SERVICES) + 1
HEARTBEAT_SECONDS = 3.0
FOLLOWING = 5  # niceness: copies and mails may be a little late, whoever waits before a page may not


@dataclass(frozen=True)
class Place:
    """
    Where an installation is: its folder, its ports and its engines.
    """

    root: Path
    port_base: int
    database_urls: Mapping[str, str]
    bus_url: str
    secrets: Mapping[str, str]

    def url(self, step: int) -> str:
        """
        Return the address of the process *step* ports above the base.
        """
        return f"http://{HOST}:{self.port_base + step}"


def programs(place: Place, *, env: Mapping[str, str]) -> list[Program]:
    """
    Return every process of the installation at *place*, in the order to start them.
    """
    webs = [_web(place, service, env) for service in SERVICES]
    workers = [_worker(place, service, env) for service in SERVICES]
    return [_payments(place, env), *webs, *workers]


def command(service: Service, *arguments: str) -> tuple[str, ...]:
    """
    Return the command line of a service's own tool, installed beside the Python that runs us.
    """
    return (service.tool, *arguments)


def preparation(service: Service, *, demo: bool) -> tuple[str, ...]:
    """
    Return the command that makes ready what *service* needs, to be run in HOME.
    """
    options = ("--demo",) if demo else ()
    return (sys.executable, "-m", "deploy.local.prepare", service.package, *options)


def fingerprint(service: Service) -> str:
    """
    Return what changes with any file of *service* or of what all share: preparing twice for the same is idle.
    """
    folders = (HOME / "services" / service.name / "src", HOME / "shared" / "src")
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    marks = "".join(f"{file}{file.stat().st_mtime_ns}" for file in files)
    return hashlib.sha256(marks.encode()).hexdigest()


def service_env(place: Place, service: Service, *, env: Mapping[str, str]) -> dict[str, str]:
    """
    Return what a process of *service* reads from its environment.
    """
    uis = {each.ui: place.url(each.step) for each in SERVICES}
    own = {
        "LEDGERLINE_ENV": "sandbox",
        "DATABASE_URL": place.database_urls[service.name],
        "BUS_URL": place.bus_url,
        "KEYS_DIR": str(place.root / "keys"),
        "CLOCK_FILE": str(place.root / "clock"),
        "ADMIN_URLS": ",".join(f"{name}={url}" for name, url in uis.items()),
        "PORTAL_URL": place.url(GATEWAY.step),
        "MAIL_URL": f"file://{place.root / 'mail'}",
        "TMPDIR": str(place.root / "tmp"),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics_folder(place.root, service)),
        "PAYMENTS_URL": place.url(PAYMENTS_STEP),
        **{f"{each.ui.upper()}_URL": place.url(each.step) for each in SERVICES if each is not GATEWAY},
        **(place.secrets if service is BILLING else {}),
    }
    return {**_from_outside(), **own, **env}


def metrics_folder(root: Path, service: Service) -> Path:
    """
    Return where the processes of *service* keep what they measure, for its web process to show.
    """
    return root / "tmp" / f"metrics-{service.name}"


def _web(place: Place, service: Service, env: Mapping[str, str]) -> Program:
    url = place.url(service.step)
    return Program(
        name=service.name,
        argv=(
            *(sys.executable, "-m", "gunicorn", "--config", SERVING, "--no-control-socket"),
            *("--bind", url.removeprefix("http://"), "--threads", str(service.threads)),
            *("--graceful-timeout", "5", "--name", service.name),
            f"{service.package}.app:from_environment()",
        ),
        env=service_env(place, service, env=env),
        ready=answers(f"{url}/readyz"),
        folder=place.root,
    )


def _worker(place: Place, service: Service, env: Mapping[str, str]) -> Program:
    embedded = place.database_urls[service.name].startswith("sqlite")
    beats = place.root / ("data" if embedded else "tmp") / f"ledgerline-{service.name}-worker.alive"
    return Program(
        name=f"{service.name}-worker",
        argv=command(service, "worker"),
        env=service_env(place, service, env=env),
        ready=beating(beats),
        niceness=0 if service is BILLING else FOLLOWING,
        folder=place.root,
    )


def _payments(place: Place, env: Mapping[str, str]) -> Program:
    url = place.url(PAYMENTS_STEP)
    return Program(
        name=PAYMENTS,
        argv=command(BILLING, "sandbox-payments"),
        env={
            **service_env(place, BILLING, env=env),
            "DATABASE_URL": place.database_urls[PAYMENTS],
        },
        ready=answers(f"{url}/livez"),
        folder=place.root,
    )


def answers(url: str) -> Callable[[], bool]:
    """
    Return the question whether *url* answers 200.
    """

    def ask() -> bool:
        try:
            with ASK.open(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError, ValueError):
            return False

    return ask


def beating(file: Path) -> Callable[[], bool]:
    """
    Return the question whether *file*, a worker's heartbeat, was touched just now.
    """

    def ask() -> bool:
        try:
            return time.time() - file.stat().st_mtime < HEARTBEAT_SECONDS
        except FileNotFoundError:
            return False

    return ask


def _from_outside() -> dict[str, str]:
    return dict(_chosen(environment()))


def _chosen(outside: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in KEPT_FROM_OUTSIDE:
        if name in outside:
            yield name, outside[name]
