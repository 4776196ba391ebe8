"""The web process is wired here and nowhere else."""

from flask import Flask

from portal_gateway import api
from portal_gateway.clients import Upstreams
from portal_gateway.clients.billing import Billing
from portal_gateway.clients.catalog import Catalog
from portal_gateway.clients.codes import PublicCodes
from portal_gateway.clients.customers import Customers
from portal_gateway.clients.tickets import Tickets
from portal_gateway.settings import Settings
from shared.cli import settings_or_exit
from shared.db import Database
from shared.web.admin import staff_blueprint
from shared.web.app import make_app
from shared.web.client import ServiceClient
from shared.web.tokens import GATEWAY, Signer


def create_app(
    settings: Settings, db: Database | None = None, *, upstreams: Upstreams | None = None
) -> Flask:
    """
    Make the application; *upstreams* are the services themselves unless a test brings others.
    """
    return make_app(
        "portal",
        settings,
        db or Database(settings.database_url),
        package="portal_gateway",
        title="Ledgerline portal",
        api_blueprints=api.BLUEPRINTS,
        html_blueprints=[staff_blueprint("portal")],
        ports=upstreams or services(settings),
    )


def from_environment() -> Flask:
    """
    Make the application the environment describes; for gunicorn.
    """
    return create_app(settings_or_exit(Settings, service="portal"))


def services(settings: Settings) -> Upstreams:
    """
    Return the four services over HTTP.
    """
    signer = Signer.load(settings.keys_dir, GATEWAY)

    def calls(url: str, service: str) -> PublicCodes:
        return PublicCodes(ServiceClient(url, service, signer))

    return Upstreams(
        customers=Customers(calls(settings.customers_url, "customers")),
        catalog=Catalog(calls(settings.catalog_url, "catalog")),
        billing=Billing(calls(settings.billing_url, "billing")),
        tickets=Tickets(calls(settings.tickets_url, "tickets")),
    )
