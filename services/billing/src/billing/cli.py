"""The command line: migrate, seed, worker, bus, sandbox-payments."""

from pathlib import Path
from urllib.parse import urlsplit

import click
from sqlalchemy import make_url

from billing import worker
from billing.clients.sandbox.server import Merchant, serve
from billing.handlers import handlers
from billing.settings import Settings
from billing.usecases.seed_demo import CUSTOMERS, seed_demo
from shared import clock
from shared.bus.cli import bus_commands
from shared.cli import service_cli, settings_or_exit
from shared.db import Database


def _seed(db: Database, _settings: Settings) -> None:
    with db.begin() as session:
        seed_demo(session, now=clock.now())


main = service_cli("billing", "billing", Settings, worker=worker.main, seed=_seed, bus=bus_commands(handlers))


@main.command(name="sandbox-payments")
def sandbox_payments() -> None:
    """
    Run the sandbox payment provider: a process and a SQLite database of its own (sandbox only).
    """
    settings = settings_or_exit(Settings, service="billing")
    if settings.in_production:
        raise click.ClickException("the sandbox payment provider is refused in production")
    merchant = Merchant(
        api_key=settings.payments_api_key,
        webhook_url=f"{settings.admin_urls['billing']}/api/v1/webhooks/sandbox",
        webhook_secret=settings.payments_webhook_secret,
        demo_customers=tuple(CUSTOMERS),
    )
    file = make_url(settings.database_url).database
    if not settings.database_url.startswith("sqlite") or not file:
        raise click.ClickException("the sandbox payment provider keeps its data in SQLite only")
    serve(
        merchant,
        port=urlsplit(settings.payments_url).port or 8005,
        database=Path(file),
        public_url=settings.payments_url,
    )
