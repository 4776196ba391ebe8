"""The bus process: keeps copies, frees baskets, writes what the portal streams."""

from portal_gateway.handlers import SERVICE, handlers
from portal_gateway.settings import Settings
from portal_gateway.usecases.forget_old import forget_old
from shared import clock
from shared.bus.worker import Job, Worker
from shared.cli import settings_or_exit
from shared.db import Database

FORGET_SECONDS = 600.0


def main() -> None:
    """
    Work until told to stop.
    """
    settings = settings_or_exit(Settings, service=SERVICE)
    db = Database(settings.database_url)
    jobs = [Job("forget-streamed", FORGET_SECONDS, lambda: forget_old(db, now=clock.real_now()))]
    Worker(SERVICE, db, handlers, settings.bus_url, jobs=jobs).run()
