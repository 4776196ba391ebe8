"""The web process is wired here and nowhere else."""

import requests
from flask import Flask

from portal_gateway import admin, api, portal
from portal_gateway.api import bounds, cross_origin
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
    app = make_app(
        "portal",
        settings,
        db or Database(settings.database_url),
        package="portal_gateway",
        title="Ledgerline portal",
        api_blueprints=api.BLUEPRINTS,
        html_blueprints=[*portal.BLUEPRINTS, *admin.BLUEPRINTS, staff_blueprint("portal")],
        admin_shell=admin.SHELL,
        ports=upstreams or reached_over(settings),
    )
    portal.shell.init_app(app)
    cross_origin.init_app(app)
    bounds.init_app(app, per_minute=settings.requests_per_minute)
    return app


def from_environment() -> Flask:
    """
    Make the application the environment describes; for gunicorn.
    """
    return create_app(settings_or_exit(Settings, service="portal"))


def reached_over(settings: Settings, wires: requests.Session | None = None) -> Upstreams:
    """
    Return the four services over HTTP; *wires* may lead to applications in this process instead.
    """
    signer = Signer.load(settings.keys_dir, GATEWAY)

    def calls(service: str, url: str) -> PublicCodes:
        address = url if wires is None else f"http://{service}"
        return PublicCodes(ServiceClient(address, service, signer, session=wires))

    return Upstreams(
        customers=Customers(calls("customers", settings.customers_url)),
        catalog=Catalog(calls("catalog", settings.catalog_url)),
        billing=Billing(calls("billing", settings.billing_url)),
        tickets=Tickets(calls("tickets", settings.tickets_url)),
    )
