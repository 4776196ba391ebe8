"""Tickets's worker: sends its facts and hears those of others."""

from shared.bus.worker import Worker
from shared.cli import settings_or_exit
from shared.db import Database
from tickets.handlers import handlers
from tickets.settings import Settings


def main() -> None:
    """
    Work until told to stop.
    """
    settings = settings_or_exit(Settings, service="tickets")
    Worker("tickets", Database(settings.database_url), handlers, settings.bus_url, jobs=[]).run()
