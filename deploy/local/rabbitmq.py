"""
A private RabbitMQ node on loopback, from the files installed on this machine.

The wrapper in ``/usr/sbin`` changes user, so the real script is run, in the form that becomes the Erlang
machine itself (no shell in between). The name server of Erlang (epmd) is a child of ours as well: the one
the node would start by itself would outlive it.
"""

import base64
import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import amqp

from deploy.local.keeper import Keeper
from deploy.local.ports import HOST, free_port, is_taken
from deploy.local.program import Program
from shared.settings import environment

SCRIPTS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server")
USER = VHOST = "ledgerline"
NOTHING: Mapping[str, Any] = {}


def find() -> Path | None:
    """
    Return the start script of RabbitMQ, where it and Erlang are installed.
    """
    if shutil.which("epmd") is None:
        return None
    return next((Path(script) for script in SCRIPTS if Path(script).exists()), None)


class Node:
    """
    One broker with everything it writes under *folder*; it loads *definitions* (queues, policies ...).
    """

    def __init__(
        self, folder: Path, *, port: int | None = None, definitions: Mapping[str, Any] = NOTHING
    ) -> None:
        script = find()
        if script is None:
            raise FileNotFoundError("RabbitMQ is not installed")
        self.script, self.folder, self.port = script, folder, port or free_port()
        self.names_port, self.erlang_port = free_port(), free_port()
        self._definitions = definitions

    @property
    def url(self) -> str:
        """
        The AMQP URL of the broker.
        """
        return f"amqp://{USER}:{quote(self._password(), safe='')}@{HOST}:{self.port}/{VHOST}"

    def prepare(self) -> None:
        """
        Write the node's configuration.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        password = self.folder / "password"
        if not password.exists():
            password.write_text(secrets.token_urlsafe(24))
            password.chmod(0o600)
        (self.folder / "definitions.json").write_text(json.dumps(self._all_definitions(), indent=2))
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = {HOST}:{self.port}\n"
            f"load_definitions = {self.folder}/definitions.json\n"
            "log.console = true\nlog.console.level = error\nlog.file = false\n"
            "disk_free_limit.absolute = 50MB\n"
        )

    def programs(self) -> list[Program]:
        """
        Return the name server and the broker, in the order to start them.
        """
        epmd = shutil.which("epmd") or "epmd"
        names = Program(
            name="epmd",
            argv=(epmd, "-port", str(self.names_port), "-address", HOST, "-relaxed_command_check"),
            env=self._env(),
            ready=lambda: is_taken(self.names_port),
            folder=self.folder,
        )
        broker = Program(
            name="rabbitmq",
            argv=(str(self.script),),
            env=self._env(),
            ready=self.answers,
            grace=20,
            folder=self.folder,
        )
        return [names, broker]

    def answers(self) -> bool:
        """
        Say whether the broker takes connections.
        """
        try:
            with amqp.Connection(
                f"{HOST}:{self.port}",
                userid=USER,
                password=self._password(),
                virtual_host=VHOST,
                connect_timeout=2,
            ):
                return True
        except (OSError, amqp.AMQPError):
            return False

    def _all_definitions(self) -> dict[str, Any]:
        everything = {"user": USER, "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*"}
        user = {"name": USER, "password_hash": _hashed(self._password()), "tags": ["administrator"]}
        hashing = {"hashing_algorithm": "rabbit_password_hashing_sha256"}
        return {
            "vhosts": [{"name": VHOST}],
            **self._definitions,
            "users": [{**user, **hashing}],
            "permissions": [everything],
        }

    def _password(self) -> str:
        return (self.folder / "password").read_text()

    def _env(self) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": environment().get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": folder,  # the Erlang cookie lies there
            "RUNNING_UNDER_SYSTEMD": "true",  # the script becomes the Erlang machine
            "RABBITMQ_NODENAME": f"ledgerline{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.erlang_port),
            "RABBITMQ_MNESIA_BASE": f"{folder}/mnesia",
            "RABBITMQ_LOG_BASE": f"{folder}/log",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/enabled_plugins",
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false +sbwt none +sbwtdcpu none"
            ),
            "ERL_EPMD_PORT": str(self.names_port),
            "ERL_EPMD_ADDRESS": HOST,
        }


@contextmanager
def running(*, definitions: Mapping[str, Any] = NOTHING) -> Iterator[Node]:
    """
    Run a broker for the length of a block, in a temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="ledgerline-rabbitmq-") as folder:
        node = Node(Path(folder), definitions=definitions)
        node.prepare()
        keepers = [Keeper(program, log=node.folder / f"{program.name}.log") for program in node.programs()]
        try:
            for keeper in keepers:
                keeper.start()
                keeper.wait_ready(within=60)
            yield node
        finally:
            for keeper in reversed(keepers):
                keeper.stop()


def _hashed(password: str) -> str:
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
