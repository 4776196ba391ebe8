"""PostgreSQL, RabbitMQ and Chromium: found on this machine, or installed where we may (Debian, root)."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import postgres, rabbitmq
from shared.settings import environment

POLICY = Path("/usr/sbin/policy-rc.d")
CLUSTERS = Path("/etc/postgresql-common/createcluster.d/ledgerline.conf")
Say = Callable[[str], object]


@dataclass(frozen=True)
class Package:
    """
    What Debian calls it, and how to see that it is there.
    """

    debian: str
    found: Callable[[], object]


def chromium() -> str | None:
    """
    Return the Chromium (or Chrome) of this machine.
    """
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((path for name in names if (path := shutil.which(name))), None)


KNOWN = {
    "postgresql": Package("postgresql", postgres.find),
    "rabbitmq": Package("rabbitmq-server", rabbitmq.find),
    "chromium": Package("chromium", chromium),
}


def have(name: str, *, say: Say) -> bool:
    """
    Find *name*, or install it; return whether it is there now.
    """
    package = KNOWN[name]
    if package.found():
        return True
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing {package.debian} ...")
    with _no_services_started():
        _apt("update") and _apt("install", "-y", "--no-install-recommends", package.debian)
    return bool(package.found())


def complaint(missing: list[str]) -> str:
    """
    Return what to tell the person at the keyboard about what is missing.
    """
    names = " ".join(KNOWN[name].debian for name in missing)
    line = "!" * 78
    return f"{line}\n!! Missing: {', '.join(missing)}. Install: sudo apt-get install {names}\n{line}"


def _apt(*arguments: str) -> bool:
    done = subprocess.run(
        ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120", *arguments],
        env={**environment(), "DEBIAN_FRONTEND": "noninteractive"},
        capture_output=True,
    )
    return done.returncode == 0


@contextmanager
def _no_services_started() -> Iterator[None]:
    """
    Keep Debian's packages from starting system services, and leave its settings as they were.
    """
    with (
        _file(POLICY, "#!/bin/sh\nexit 101\n", 0o755),
        _file(CLUSTERS, "create_main_cluster = false\n", 0o644),
    ):
        yield


@contextmanager
def _file(path: Path, content: str, mode: int) -> Iterator[None]:
    if path.exists():
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(mode)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
