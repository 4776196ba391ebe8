"""The command ``ledgerline-portal-gateway``."""

from portal_gateway import worker
from portal_gateway.handlers import SERVICE, handlers
from portal_gateway.settings import Settings
from portal_gateway.usecases.seed_demo import seed_demo
from shared.bus.cli import bus_commands
from shared.cli import service_cli
from shared.db import Database


def seed(db: Database, _settings: Settings) -> None:
    """
    Fill in the demo settings.
    """
    with db.begin() as session:
        seed_demo(session)


main = service_cli(
    SERVICE, "portal_gateway", Settings, worker=worker.main, seed=seed, bus=bus_commands(handlers)
)
