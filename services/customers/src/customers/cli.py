"""The commands of the customers service."""

from contextlib import closing

import click

from customers import worker
from customers.handlers import handlers
from customers.settings import Settings
from customers.usecases.seed_demo import seed_demo
from customers.usecases.set_up_account import first_administrator, set_up_link
from shared import clock
from shared.bus.cli import bus_commands
from shared.cli import service_cli, settings_or_exit
from shared.db import Database
from shared.settings import origin


def seed(db: Database, settings: Settings) -> None:
    """
    Fill in the demonstration.
    """
    with db.begin() as session:
        seed_demo(session)


main = service_cli(
    "customers", "customers", Settings, worker=worker.main, seed=seed, bus=bus_commands(handlers)
)


@main.command(name="set-up-link")
def make_set_up_link() -> None:
    """
    Print a link by which the first administrator chooses a password; it works once, within 24 hours.
    """
    settings = settings_or_exit(Settings, service="customers")
    with closing(Database(settings.database_url)) as db, db.begin() as session:
        member = first_administrator(session)
        secret = set_up_link(session, staff_id=member.id, scope=None, now=clock.real_now())
    click.echo(f"{origin(settings.admin_urls['customers'])}/admin/customers/set-up?code={secret}")
