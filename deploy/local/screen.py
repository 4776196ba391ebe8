"""What the launcher shows: progress, errors and deaths as they happen, and where everything is once ready."""

import json
import threading
from collections.abc import Sequence

import click

from deploy.local.installation import Installation
from deploy.local.services import SERVICES

PASSWORD = "ledgerline-demo"
SUBSCRIBERS = "postpaid, prepaid, blocked, noplans, requestonly"
STAFF = "admin, support, billing"
LOUD = ("error", "critical")
WIDTH = 22


class Screen:
    """
    Writes to the terminal; everything else is in the log files.
    """

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()

    def say(self, text: str) -> None:
        """
        Show a line of our own.
        """
        with self._one_at_a_time:
            click.echo(text)

    def hear(self, name: str, line: str) -> None:
        """
        Show *line* of the process *name* if it is an error.
        """
        words = error_in(line)
        if words is not None:
            self.say(f"{click.style(name.rjust(WIDTH), fg='yellow')} | {words}")

    def mourn(self, name: str, code: int, lines: Sequence[str]) -> None:
        """
        Show that a process died, with its last words.
        """
        head = click.style(name.rjust(WIDTH), fg="red")
        why = f"signal {-code}" if code < 0 else f"exit code {code}"
        self.say("\n".join([f"{head} | stopped ({why}), starting it again", *_indented(lines)]))


def error_in(line: str) -> str | None:
    """
    Return what to show of a log line: its event and error if it is loud, None if it is not.
    """
    if "[ERROR]" in line or "[CRITICAL]" in line:
        return line
    if not line.startswith("{"):
        return None
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if entry.get("level") not in LOUD:
        return None
    trace = str(entry.get("exception", "")).strip().splitlines()
    return " ".join([str(entry.get("event", "error")), *trace[-1:]])


def welcome(installation: Installation, *, seconds: float) -> str:
    """
    Return the page shown when everything is up.
    """
    urls, folder = installation.urls, installation.root
    portal = urls["portal-gateway"]
    admin = [_row(f"Admin: {each.ui}", f"{urls[each.name]}/admin/{each.ui}/") for each in SERVICES]
    return "\n".join(
        [
            "",
            click.style(
                f"Ledgerline is ready ({seconds:.1f} s, {installation.engines.kind} engines).", bold=True
            ),
            "",
            _row("Customer portal", f"{portal}/portal/"),
            _row("Public API", f"{portal}/api/openapi.json"),
            *admin,
            _row("Payment provider", f"{urls['sandbox-payments']}  (sandbox)"),
            "",
            _row("Subscribers", SUBSCRIBERS),
            _row("Staff", STAFF),
            _row("Password of all", PASSWORD),
            "",
            _row("Logs, mail, data", f"{folder}/log, mail, data"),
            _row("Stop", "Ctrl-C"),
            "",
        ]
    )


def _row(title: str, value: str) -> str:
    return f"  {title:<{WIDTH}}{value}"


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"{'':>{WIDTH}} | {line}" for line in lines]
