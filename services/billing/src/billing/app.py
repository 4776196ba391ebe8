"""Billing's web application: the API for the gateway, the screens for staff."""

from dataclasses import dataclass

from flask import Flask

from billing import admin
from billing.api import (
    bills,
    holdings,
    next_invoice,
    orders,
    papers,
    payment_methods,
    payments,
    plan_change_offers,
    plan_changes,
    quotes,
    sandbox,
    self_service,
    top_ups,
    usage,
    webhooks,
)
from billing.clients.chosen import provider_of
from billing.clients.provider import PaymentProvider
from billing.settings import Settings
from shared.cli import settings_or_exit
from shared.db import Database
from shared.web.app import make_app

APIS = (
    quotes.api,
    orders.api,
    payments.api,
    payment_methods.api,
    holdings.api,
    bills.api,
    papers.api,
    next_invoice.api,
    plan_changes.api,
    plan_change_offers.api,
    self_service.api,
    usage.api,
    top_ups.api,
    webhooks.api,
)


@dataclass(frozen=True, kw_only=True)
class Ports:
    """
    What billing needs of the outside world.
    """

    provider: PaymentProvider


def create_app(
    settings: Settings, db: Database | None = None, *, provider: PaymentProvider | None = None
) -> Flask:
    """
    Make the application; tests bring their own database and provider.
    """
    app = make_app(
        "billing",
        settings,
        db or Database(settings.database_url),
        title="Billing",
        api_blueprints=APIS if settings.in_production else (*APIS, sandbox.api),
        html_blueprints=admin.blueprints(),
        ports=Ports(provider=provider or provider_of(settings)),
    )
    admin.dress(app)
    return app


def from_environment() -> Flask:
    """
    Make the application from the environment, for gunicorn.
    """
    return create_app(settings_or_exit(Settings, service="billing"))
