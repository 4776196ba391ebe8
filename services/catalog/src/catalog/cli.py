"""The command ``ledgerline-catalog``."""

from catalog import worker
from catalog.handlers import handlers
from catalog.settings import Settings
from catalog.usecases.seed_demo import seed_demo
from shared import clock
from shared.bus.cli import bus_commands
from shared.cli import service_cli
from shared.db import Database


def seed(db: Database, _settings: Settings) -> None:
    """
    Fill in the demo data.
    """
    with db.begin() as session:
        seed_demo(session, now=clock.now())


main = service_cli("catalog", "catalog", Settings, worker=worker.main, seed=seed, bus=bus_commands(handlers))
