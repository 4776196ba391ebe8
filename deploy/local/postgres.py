"""
A private PostgreSQL on loopback, from the binaries installed on this machine.

PostgreSQL refuses to run as root: then it runs as ``nobody``, and its folder must lie where ``nobody`` can
reach it (not in a checkout below root's home).
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from deploy.local.keeper import Keeper
from deploy.local.ports import HOST, free_port
from deploy.local.program import Program
from shared.settings import environment

OWNER = "ledgerline"
PLAIN = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
# What a test database may lose when the machine loses power; a killed process loses nothing.
CARELESS = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off")


def find() -> Path | None:
    """
    Return the folder that holds ``initdb`` and ``postgres``, the newest where several are installed.
    """
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    known = sorted(debian, key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    folders = [*known, *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


class Node:
    """
    One PostgreSQL server with its data under *folder*; *durable* says whether a commit survives a power cut.
    """

    def __init__(self, folder: Path, *, port: int | None = None, durable: bool = True) -> None:
        binaries = find()
        if binaries is None:
            raise FileNotFoundError("PostgreSQL is not installed")
        self.binaries, self.folder, self.port = binaries, folder, port or free_port()
        self.data, self.durable = folder / "data", durable

    @property
    def user(self) -> str | None:
        """
        The account the server runs as, None for our own.
        """
        return "nobody" if os.geteuid() == 0 else None

    def prepare(self) -> None:
        """
        Make the data folder, once, with a password of its own.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self.data / "PG_VERSION").exists():
            return
        password = self.folder / "password"
        password.write_text(secrets.token_urlsafe(24))
        password.chmod(0o600)
        self._give_away(self.folder, password)
        initdb = [str(self.binaries / "initdb"), "-D", str(self.data), "-U", OWNER, "--pwfile", str(password)]
        subprocess.run(
            [*initdb, "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", *self._quickly("--no-sync")],
            check=True,
            capture_output=True,
            user=self.user,
            extra_groups=[] if self.user else None,
            env=self._env(),
            cwd="/",
        )

    def program(self) -> Program:
        """
        Return the server as a program to keep; SIGINT is its fast, clean stop.
        """
        options = ("-h", HOST, "-p", str(self.port), "-c", f"unix_socket_directories={self.folder}")
        tuning = ("-c", "max_connections=200", "-c", "log_min_messages=warning")
        return Program(
            name="postgresql",
            argv=(
                str(self.binaries / "postgres"),
                "-D",
                str(self.data),
                *options,
                *tuning,
                *self._quickly(*CARELESS),
            ),
            env=self._env(),
            ready=self.answers,
            user=self.user,
            stop_signal=signal.SIGINT,
            grace=15,
            folder=Path("/"),
        )

    def url(self, database: str) -> str:
        """
        Return the SQLAlchemy URL of *database*.
        """
        return f"postgresql+psycopg://{OWNER}:{self._password()}@{HOST}:{self.port}/{database}"

    def answers(self) -> bool:
        """
        Say whether the server takes connections.
        """
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def create(self, *databases: str) -> None:
        """
        Create the databases that do not exist yet.
        """
        with self._connect() as connection:
            known = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            for name in databases:
                if name not in known:
                    connection.execute(
                        psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
                    )

    def _connect(self) -> "psycopg.Connection[tuple[str]]":
        target = f"postgresql://{OWNER}:{self._password()}@{HOST}:{self.port}/postgres?connect_timeout=2"
        return psycopg.connect(target, autocommit=True)

    def _password(self) -> str:
        return (self.folder / "password").read_text()

    def _quickly(self, *options: str) -> tuple[str, ...]:
        return () if self.durable else options

    def _env(self) -> Mapping[str, str]:
        return {"PATH": environment().get("PATH", os.defpath), **PLAIN}

    def _give_away(self, *paths: Path) -> None:
        if self.user is None:
            return
        account = pwd.getpwnam(self.user)
        for path in paths:
            os.chown(path, account.pw_uid, account.pw_gid)


@contextmanager
def running(*, durable: bool = False) -> Iterator[Node]:
    """
    Run a server for the length of a block, in a temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="ledgerline-postgresql-") as folder:
        Path(folder).chmod(0o755)  # the server's account must get through
        node = Node(Path(folder) / "node", durable=durable)
        node.prepare()
        keeper = Keeper(node.program(), log=Path(folder) / "log")
        keeper.start()
        try:
            keeper.wait_ready()
            yield node
        finally:
            keeper.stop()
