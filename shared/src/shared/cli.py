"""
The command line every service has: migrate, seed, worker, bus; wrong settings are listed and exit with 2.
"""

import sys
from collections.abc import Callable
from contextlib import closing
from typing import TypeVar

import click

from shared import clock, log
from shared.db import Database
from shared.settings import BadSettings, ServiceSettings, read

S = TypeVar("S", bound=ServiceSettings)


def settings_or_exit(cls: type[S], *, service: str) -> S:
    """
    Read the settings and set up logging and the clock; print what is wrong and exit with 2 otherwise.
    """
    try:
        settings = read(cls)
    except BadSettings as bad:
        click.echo(f"{service} cannot start:", err=True)
        for problem in bad.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(2)
    log.configure(service, settings.log_level)
    clock.follow(settings.clock_file)
    return settings


def service_cli(
    service: str,
    package: str,
    settings: type[S],
    *,
    worker: Callable[[], object],
    seed: Callable[[Database, S], object] | None = None,
    bus: click.Group | None = None,
) -> click.Group:
    """
    Return the commands of one service, to which it may add its own with ``@group.command()``.

    *seed* fills in demo data; it is refused in production and safe to run twice.
    """

    @click.group(name=f"ledgerline-{service}")
    def group() -> None:
        """
        Run and look after one service.
        """

    @group.command()
    def migrate() -> None:
        """
        Bring the database to today's tables.
        """
        from shared.migrations import migrate as run  # Alembic's weight is for this command alone

        with closing(Database(settings_or_exit(settings, service=service).database_url)) as db:
            run(db, package)

    @group.command(name="worker")
    def work() -> None:
        """
        Relay, hear and do the clock work, until told to stop.
        """
        worker()

    if seed is not None:
        _add_seed(group, service, settings, seed)
    if bus is not None:
        group.add_command(bus, "bus")
    return group


def _add_seed(
    group: click.Group, service: str, settings: type[S], seed: Callable[[Database, S], object]
) -> None:
    @group.command(name="seed")
    def fill() -> None:
        """
        Fill in demo data (sandbox only; safe to run twice).
        """
        known = settings_or_exit(settings, service=service)
        if known.in_production:
            raise click.ClickException("demo data is refused in production")
        with closing(Database(known.database_url)) as db:
            seed(db, known)
