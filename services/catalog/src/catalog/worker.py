"""Catalog's worker: sends its facts and hears those of others."""

from catalog.handlers import handlers
from catalog.settings import Settings
from shared.bus.worker import Worker
from shared.cli import settings_or_exit
from shared.db import Database


def main() -> None:
    """
    Work until told to stop.
    """
    settings = settings_or_exit(Settings, service="catalog")
    Worker("catalog", Database(settings.database_url), handlers, settings.bus_url, jobs=[]).run()
