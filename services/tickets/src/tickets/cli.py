"""The command ``ledgerline-tickets``."""

from shared import clock
from shared.bus.cli import bus_commands
from shared.cli import service_cli
from shared.db import Database
from tickets import worker
from tickets.handlers import handlers
from tickets.settings import Settings
from tickets.usecases.seed_demo import seed_demo


def seed(db: Database, _settings: Settings) -> None:
    """
    Fill in the demo data.
    """
    with db.begin() as session:
        seed_demo(session, now=clock.now())


main = service_cli("tickets", "tickets", Settings, worker=worker.main, seed=seed, bus=bus_commands(handlers))
