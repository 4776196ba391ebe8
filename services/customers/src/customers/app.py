"""The customers web process: everything is wired here and nowhere else."""

from flask import Flask

from customers.admin import customers as customer_list
from customers.admin import desk, directory, information
from customers.admin import staff as staff_accounts
from customers.admin.shell import use_shell
from customers.api import customers
from customers.settings import Settings
from shared.cli import settings_or_exit
from shared.db import Database
from shared.web.admin import staff_blueprint
from shared.web.app import make_app


def create_app(settings: Settings, db: Database | None = None) -> Flask:
    """
    Return the application of the customers service.
    """
    app = make_app(
        "customers",
        settings,
        db or Database(settings.database_url),
        title="Customers",
        api_blueprints=[customers.blueprint],
        html_blueprints=[
            desk.blueprint,
            customer_list.blueprint,
            information.blueprint,
            directory.blueprint,
            staff_accounts.blueprint,
            staff_blueprint("customers", desk.FrontDesk()),
        ],
    )
    use_shell(app)
    return app


def from_environment() -> Flask:
    """
    Return the application as the environment describes it.
    """
    return create_app(settings_or_exit(Settings, service="customers"))
